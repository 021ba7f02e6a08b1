// Money now or more of it later
//
// Field: psychology
// Data: for choices between an amount now and a larger one later; Mazur (1987), "An adjusting procedure for
//   studying delayed reinforcement".
// Idea: value falls with delay as a hyperbola whose rate differs by person; choices follow the difference of
//   values.
// Shows: a nonlinear predictor of a Bernoulli outcome, lognormal rates with multiplier.
// Tags: outcome binary; family bernoulli_logit; structure choice, nonlinear, varying_intercepts.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // choices
  array[N] int<lower=1, upper=J> subject;
  vector<lower=0>[N] now; // amount
  vector<lower=0>[N] later; // amount
  vector<lower=0>[N] days; // delay
  array[N] int<lower=0, upper=1> waits; // chose the later one?
}
parameters {
  real mu; // mean log rate per day
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[J] log_k;
  real<lower=0> sensitivity; // per 10 of value
}
model {
  mu ~ normal(-4.5, 0.7);
  tau ~ normal(0, 1);
  log_k ~ normal(mu, tau);
  sensitivity ~ lognormal(0, 0.4);
  waits ~ bernoulli_logit(sensitivity / 10 * (later ./ (1 + exp(log_k[subject]) .* days) - now));
}
