// Petrol from crude oil: beta regression with an intercept of each batch and a slope of the end point, one precision.
data {
  int<lower=1> N;
  int<lower=1> J_No;
  vector<lower=0, upper=1>[N] y; // proportion of crude oil
  vector[N] EP;
  array[N] int<lower=1, upper=J_No> No;
}
parameters {
  vector[J_No] alpha;
  real beta;
  real<lower=0> phi;
}
model {
  vector[N] mu = inv_logit(alpha[No] + beta * (EP - 332) / 70);
  alpha ~ normal(-1.5, 1);
  beta ~ normal(0, 1);
  phi ~ gamma(2, 0.01);
  y ~ beta_proportion(mu, phi);
}
