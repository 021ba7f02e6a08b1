// Survival of leukaemia patients: exponential, log-linear in the logarithm of the white blood count.
data {
  int<lower=1> N;
  vector<lower=0>[N] y; // weeks
  vector<lower=0>[N] wbc;
  vector[N] ag;
}
transformed data {
  vector[N] x = log(wbc) - log(10000);
}
parameters {
  real alpha;
  real beta_ag;
  real beta_wbc;
}
model {
  alpha ~ normal(3, 2);
  beta_ag ~ normal(0, 2);
  beta_wbc ~ normal(0, 1);
  y ~ exponential(exp(-(alpha + beta_ag * ag + beta_wbc * x)));
}
