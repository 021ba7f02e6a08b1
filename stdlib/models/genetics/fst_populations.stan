// How far apart are populations?
//
// Field: genetics
// Data: for allele counts at many loci in several populations; Balding and Nichols (1995), "A method for
//   quantifying differentiation between populations at multi-allelic loci", Genetica 96.
// Idea: frequencies of a population are beta around those of the ancestor, with a concentration that is a function
//   of F_ST; summed out, counts are beta-binomial.
// Shows: a matrix of counts, one concentration for each column, vectorised over loci.
// Tags: outcome bounded; family beta_binomial; structure hierarchical.

data {
  int<lower=1> L; // loci
  int<lower=1> P; // populations
  array[L, P] int<lower=0> n; // alleles counted
  array[L, P] int<lower=0> y; // of them the derived one
}
parameters {
  vector<lower=0, upper=1>[L] ancestral;
  vector<lower=0, upper=1>[P] fst;
}
transformed parameters {
  vector[P] kappa = (1 - fst) ./ fst;
}
model {
  ancestral ~ beta(1, 1);
  fst ~ beta(2, 20);
  for (p in 1:P) {
    y[:, p] ~ beta_binomial(n[:, p], ancestral * kappa[p], (1 - ancestral) * kappa[p]);
  }
}
