// Contagious bovine pleuropneumonia: binomial with effects of periods and a varying intercept of herds.
data {
  int<lower=1> N;
  int<lower=1> J_herd;
  int<lower=1> J_period;
  array[N] int<lower=0> y;
  array[N] int<lower=0> size;
  array[N] int<lower=1, upper=J_herd> herd;
  array[N] int<lower=1, upper=J_period> period;
}
parameters {
  vector[J_period] alpha;
  real<lower=0> tau;
  vector[J_herd] z;
}
model {
  alpha ~ normal(-1.5, 1.5);
  tau ~ normal(0, 1);
  z ~ std_normal();
  y ~ binomial_logit(size, alpha[period] + tau * z[herd]);
}
