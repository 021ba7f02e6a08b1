// How faint a grating can be seen
//
// Field: psychology
// Data: for right answers at several contrasts in a task with two alternatives; Wichmann and Hill (2001), "The
//   psychometric function: fitting, sampling, and goodness of fit", Perception and Psychophysics 63.
// Idea: between guessing and lapsing, the curve is a logistic function with a threshold for each observer.
// Shows: a curve between two asymptotes, binomial counts.
// Tags: outcome bounded; family binomial; structure nonlinear, dose_response, varying_intercepts.

data {
  int<lower=1> J; // observers
  int<lower=0> N; // observer by contrast
  array[N] int<lower=1, upper=J> subject;
  vector[N] contrast; // log units
  array[N] int<lower=0> trials;
  array[N] int<lower=0> right;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[J] threshold;
  real<lower=0> slope;
  vector<lower=0, upper=1>[J] lapse;
}
model {
  mu ~ normal(0, 1);
  tau ~ normal(0, 0.7);
  threshold ~ normal(mu, tau);
  slope ~ lognormal(0.3, 0.4);
  lapse ~ beta(1, 30);
  right ~ binomial(
    trials,
    0.5 + (0.5 - 0.5 * lapse[subject]) .* inv_logit(slope * (contrast - threshold[subject]))
  );
}
