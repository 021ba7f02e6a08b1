// How fast leaf litter decomposes
//
// Field: ecology
// Data: for mass that remains in litter bags collected over time, by species; Olson (1963), "Energy storage and the
//   balance of producers and decomposers in ecological systems", Ecology 44.
// Idea: exponential decay with a rate for each species; what remains is a fraction, with beta noise.
// Shows: beta_proportion with a nonlinear mean, rates that are lognormal over species.
// Tags: outcome bounded; family beta_proportion; structure decay, nonlinear, hierarchical.

data {
  int<lower=1> S; // species
  int<lower=0> N; // bags
  array[N] int<lower=1, upper=S> species;
  vector<lower=0>[N] days; // in the field
  vector<lower=0, upper=1>[N] remains; // fraction of the initial mass
}
parameters {
  real mu; // mean log rate a year
  real<lower=0> tau;
  vector<lower=0>[S] k; // decay rate a year
  real<lower=0> kappa; // precision of the fractions
}
model {
  vector[N] fraction = 0.98 * exp(-k[species] .* days / 365);
  mu ~ normal(-1, 0.3);
  tau ~ normal(0, 0.3);
  k ~ lognormal(mu, tau);
  kappa ~ gamma(10, 0.1);
  remains ~ beta_proportion(fraction, kappa);
}
generated quantities {
  vector[S] half_life = log(2) / k; // years
}
