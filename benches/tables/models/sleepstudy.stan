// Reaction times of sleep-deprived drivers: a line a subject, intercepts and slopes correlated.
data {
  int<lower=1> N;
  int<lower=1> J_Subject;
  vector[N] y; // milliseconds
  vector[N] Days;
  array[N] int<lower=1, upper=J_Subject> Subject;
}
parameters {
  real<offset=250, multiplier=50> alpha;
  real<multiplier=20> beta;
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  matrix[2, J_Subject] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[2, J_Subject] b = diag_pre_multiply(tau, L) * z;
}
model {
  alpha ~ normal(250, 100);
  beta ~ normal(0, 20);
  tau[1] ~ normal(0, 50);
  tau[2] ~ normal(0, 20);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  sigma ~ normal(0, 50);
  y ~ normal(alpha + b[1, Subject]' + (beta + b[2, Subject]') .* Days, sigma);
}
