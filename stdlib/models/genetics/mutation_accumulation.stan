// Mutations that accumulate in lines
//
// Field: genetics
// Data: for new mutations in lines kept for known numbers of generations; Halligan and Keightley (2009),
//   "Spontaneous mutation accumulation studies in evolutionary genetics", Annual Review of Ecology, Evolution, and
//   Systematics 40.
// Idea: counts are proportional to generations, with rates that are gamma over lines; summed out they are negative
//   binomial.
// Shows: neg_binomial in shape and rate, a gamma mixture written as the distribution it gives.
// Tags: outcome count; family neg_binomial; structure regression, comparison, hierarchical.

data {
  int<lower=1> L; // lines
  vector<lower=0>[L] generations;
  vector<lower=0, upper=1>[L] mutator; // is repair broken?
  array[L] int<lower=0> mutations;
}
parameters {
  real alpha; // log mutations in 100 generations
  real beta; // log ratio of the mutators
  real<lower=0> shape;
}
model {
  alpha ~ normal(0.5, 0.5);
  beta ~ normal(1, 0.7);
  shape ~ lognormal(2, 0.5);
  mutations ~ neg_binomial(shape, shape ./ (generations / 100 .* exp(alpha + beta * mutator)));
}
