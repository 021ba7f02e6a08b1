// Survival of poisoned animals: rates of dying, 1 / y, are normal, poison and treatment add up.
functions {
  // the density of y whose reciprocal is normal; y far from 0
  real reciprocal_normal_lpdf(real y, real mu, real sigma) {
    return normal_lpdf(1 / y | mu, sigma) - 2 * log(y);
  }
}
data {
  int<lower=1> N;
  int<lower=1> J_poison;
  int<lower=1> J_treat;
  vector<lower=0>[N] y; // units of ten hours
  array[N] int<lower=1, upper=J_poison> poison;
  array[N] int<lower=1, upper=J_treat> treat;
}
parameters {
  real alpha;
  vector[J_poison] beta_poison;
  vector[J_treat] beta_treat;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(2.5, 2);
  beta_poison ~ normal(0, 2);
  beta_treat ~ normal(0, 2);
  sigma ~ normal(0, 1);
  for (n in 1:N)
    y[n] ~ reciprocal_normal(alpha + beta_poison[poison[n]] + beta_treat[treat[n]], sigma);
}
