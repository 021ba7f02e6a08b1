// Frequencies of the ABO alleles
//
// Field: genetics
// Data: blood groups A, B, AB and O of 521 patients with duodenal ulcer; Clarke et al. (1959), "Secretion of blood
//   group antigens and peptic ulcer", British Medical Journal 1, as in Lange (2002), Mathematical and Statistical
//   Methods for Genetic Analysis.
// Idea: under Hardy-Weinberg equilibrium, phenotypes are multinomial with products of allele frequencies; Bernstein
//   (1925).
// Shows: a simplex parameter with a Dirichlet prior, multinomial cells that are polynomials of it.
// Tags: outcome counts; family multinomial; structure latent_variable.

data {
  array[4] int<lower=0> y; // A, B, AB, O
}
parameters {
  simplex[3] allele; // frequencies of A, B, O
}
transformed parameters {
  real p = allele[1];
  real q = allele[2];
  real r = allele[3];
  vector[4] phenotype = [p ^ 2 + 2 * p * r, q ^ 2 + 2 * q * r, 2 * p * q, r ^ 2]';
}
model {
  allele ~ dirichlet(rep_vector(1, 3));
  y ~ multinomial(phenotype);
}
