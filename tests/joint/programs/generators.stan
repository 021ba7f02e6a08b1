// A density of one's own with a generator of one's own, and correlations.
functions {
  real shifted_lpdf(real y, real m, real s) { return exponential_lpdf(y - m | 1 / s); }
  real shifted_rng(real m, real s) { return m + exponential_rng(1 / s); }
}
data {
  int<lower=0> N;
  vector[N] y;
  array[N] vector[3] z;
}
parameters {
  real m;
  real<lower=0> s;
  cholesky_factor_corr[3] L;
  vector<lower=0>[3] tau;
}
model {
  m ~ normal(0, 1);
  s ~ inv_gamma(4, 3);
  L ~ lkj_corr_cholesky(2);
  tau ~ exponential(1);
  for (n in 1:N) y[n] ~ shifted(m, s);
  z ~ multi_normal_cholesky(rep_vector(m, 3), diag_pre_multiply(tau, L));
}
