// Bacteria in milk: lag, growth and plateau
//
// Field: food science
// Data: log counts of bacteria in replicate cultures over time; Zwietering et al. (1990), "Modeling of the bacterial
//   growth curve", Applied and Environmental Microbiology 56.
// Idea: the Gompertz curve in parameters with a meaning: lag, largest rate and asymptote, by Zwietering's formula.
// Shows: a reparametrised growth curve, replicate levels as varying intercepts.
// Tags: outcome real; family normal; structure growth_curve, varying_intercepts.

data {
  int<lower=1> R; // cultures
  int<lower=1> T; // samples of each
  array[R] vector[T] log_count; // log10 per millilitre
}
transformed data {
  vector[T] time = linspaced_vector(T, 0, 24); // hours
}
parameters {
  real start; // log10 per millilitre
  real<lower=0> rise; // asymptote, from the start
  real<lower=0> rate; // largest growth, log10 per hour
  real<lower=0> lag; // hours
  real<lower=0> tau;
  vector<multiplier=tau>[R] u;
  real<lower=0> sigma;
}
model {
  vector[T] curve = start + rise * exp(-exp(rate * e() / rise * (lag - time) + 1));
  start ~ normal(3, 0.5);
  rise ~ normal(5, 1);
  rate ~ lognormal(-0.5, 0.4);
  lag ~ lognormal(1.2, 0.4);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau);
  sigma ~ normal(0, 0.3);
  for (r in 1:R) {
    log_count[r] ~ normal(curve + u[r], sigma);
  }
}
