// Prevalence of antibodies by an imperfect test
//
// Field: epidemiology
// Data: for a serological survey by age group, and a validation of the test on known samples; Gelman and Carpenter
//   (2020), "Bayesian analysis of tests with unknown specificity and sensitivity", Applied Statistics 69.
// Idea: the share of positive tests mixes true and false positives; validation and survey are modelled together.
// Shows: three binomial likelihoods that share parameters, varying intercepts with offset and multiplier.
// Tags: outcome bounded; family binomial; structure measurement_error, survey, varying_intercepts.

data {
  int<lower=1> A; // age groups
  array[A] int<lower=0> tested;
  array[A] int<lower=0> positive;
  int<lower=0> n_neg; // known negative samples
  int<lower=0, upper=n_neg> true_negative;
  int<lower=0> n_pos; // known positive samples
  int<lower=0, upper=n_pos> true_positive;
}
parameters {
  real<lower=0, upper=1> sensitivity;
  real<lower=0, upper=1> specificity;
  real mu; // mean logit prevalence
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[A] logit_prevalence;
}
transformed parameters {
  vector[A] prevalence = inv_logit(logit_prevalence);
}
model {
  sensitivity ~ beta(17, 3);
  specificity ~ beta(49, 1);
  mu ~ normal(-2.5, 1);
  tau ~ normal(0, 0.5);
  logit_prevalence ~ normal(mu, tau);
  true_negative ~ binomial(n_neg, specificity);
  true_positive ~ binomial(n_pos, sensitivity);
  positive ~ binomial(tested, prevalence * sensitivity + (1 - prevalence) * (1 - specificity));
}
