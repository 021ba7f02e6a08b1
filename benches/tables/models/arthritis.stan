// Improvement of arthritis patients: proportional odds.
data {
  int<lower=1> N;
  int<lower=2> K;
  array[N] int<lower=1, upper=K> y;
  vector[N] Treatment;
  vector[N] Sex;
  vector[N] Age;
}
transformed data {
  vector[N] age_std = (Age - mean(Age)) / sd(Age);
}
parameters {
  ordered[K - 1] c;
  real beta_treatment;
  real beta_sex;
  real beta_age;
}
model {
  c ~ normal(0, 2);
  beta_treatment ~ normal(0, 2);
  beta_sex ~ normal(0, 2);
  beta_age ~ normal(0, 1);
  y ~ ordered_logistic(beta_treatment * Treatment + beta_sex * Sex + beta_age * age_std, c);
}
