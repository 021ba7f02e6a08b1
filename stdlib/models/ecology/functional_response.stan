// What a predator eats when there is more to eat
//
// Field: ecology
// Data: for feeding trials at several densities of prey; Holling (1959), "Some characteristics of simple types of
//   predation and parasitism", Canadian Entomologist 91.
// Idea: the type II response: a predator that handles its prey searches less, so the rate at which each prey is
//   attacked falls with the number of prey. Predators differ, so counts are beta-binomial.
// Shows: a mechanistic mean inside beta_binomial, overdispersed counts out of known totals.
// Tags: outcome bounded; family beta_binomial; structure nonlinear, experiment, dose_response.

data {
  int<lower=0> N; // trials
  real<lower=0> hours; // of each
  array[N] int<lower=1> prey; // offered
  array[N] int<lower=0> eaten;
}
parameters {
  real<lower=0> a; // attack rate per hour
  real<lower=0> h; // handling time, hours
  real<lower=0> kappa; // concentration: small where predators differ
}
model {
  vector[N] share = 1 - exp(-a * hours ./ (1 + a * h * to_vector(prey)));
  a ~ lognormal(-2.5, 0.7);
  h ~ lognormal(0, 0.7);
  kappa ~ lognormal(3, 0.7);
  eaten ~ beta_binomial(prey, share * kappa, (1 - share) * kappa);
}
