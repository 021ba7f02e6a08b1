// Departures from Hardy-Weinberg proportions
//
// Field: genetics
// Data: for counts of three genotypes at one locus in several populations; Wright (1951), "The genetical structure
//   of populations", Annals of Eugenics 15.
// Idea: heterozygotes are fewer by the inbreeding coefficient than random mating would have them.
// Shows: multinomial rows whose totals are given, allele frequencies that vary by population.
// Tags: outcome counts; family multinomial; structure hierarchical.

data {
  int<lower=1> P; // populations
  array[P, 3] int<lower=0> y; // AA, Aa, aa
}
parameters {
  vector<lower=0, upper=1>[P] p; // frequency of A
  real<lower=0, upper=1> F; // inbreeding
}
model {
  p ~ beta(2, 2);
  F ~ beta(1, 5);
  for (i in 1:P) {
    real h = p[i] * (1 - p[i]) * (1 - F);
    y[i] ~ multinomial([p[i] - h, 2 * h, 1 - p[i] - h]');
  }
}
