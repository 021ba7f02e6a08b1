// Roaches in city apartments
//
// Field: public health
// Data: traps in 262 apartments before and after pest management; Gelman and Hill (2007), Data Analysis Using
//   Regression and Multilevel/Hierarchical Models, section 8.3.
// Idea: counts far more spread out than Poisson, with the trap-days as exposure.
// Shows: negative binomial regression on the log scale with an offset.
// Tags: outcome count; family neg_binomial_2_log; structure regression, experiment.

data {
  int<lower=0> N; // apartments
  array[N] int<lower=0> y; // roaches caught
  vector<lower=0>[N] before; // roaches caught before the treatment
  vector<lower=0, upper=1>[N] treatment;
  vector<lower=0, upper=1>[N] senior; // is the building restricted to the elderly?
  vector<lower=0>[N] exposure; // trap-days, in units of the usual number
}
transformed data {
  vector[N] log_exposure = log(exposure);
  vector[N] root_before = sqrt(before / 100);
}
parameters {
  real alpha;
  real b_before; // per square root of 100 roaches
  real b_treatment;
  real b_senior;
  real<lower=0> phi; // variance is mean + mean^2 / phi
}
model {
  alpha ~ normal(3, 5);
  b_before ~ normal(0, 2.5);
  b_treatment ~ normal(0, 2.5);
  b_senior ~ normal(0, 2.5);
  phi ~ exponential(1);
  y ~ neg_binomial_2_log(
    log_exposure + alpha + b_before * root_before + b_treatment * treatment + b_senior * senior,
    phi
  );
}
