// Species on islands of many archipelagos
//
// Field: ecology
// Data: for counts of species on islands of known area; Arrhenius (1921), "Species and area", Journal of Ecology 9.
// Idea: the number of species is a power of the area; both constant and exponent vary by archipelago and may be
//   correlated.
// Shows: varying intercepts and slopes with an LKJ prior, negative binomial counts on the log scale.
// Tags: outcome count; family neg_binomial_2_log; structure regression, varying_intercepts, varying_slopes.

data {
  int<lower=1> A; // archipelagos
  int<lower=0> N; // islands
  array[N] int<lower=1, upper=A> archipelago;
  vector<lower=0>[N] area; // square kilometres
  array[N] int<lower=0> species;
}
transformed data {
  vector[N] log_area = log(area) - mean(log(area));
}
parameters {
  vector[2] beta; // mean log species and mean exponent
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  matrix[2, A] z;
  real<lower=0> phi;
}
transformed parameters {
  matrix[2, A] b = rep_matrix(beta, A) + diag_pre_multiply(tau, L) * z;
}
model {
  beta[1] ~ normal(3, 0.5);
  beta[2] ~ normal(0.25, 0.1);
  tau[1] ~ normal(0, 0.5);
  tau[2] ~ normal(0, 0.1);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  phi ~ gamma(4, 0.2);
  species ~ neg_binomial_2_log(b[1, archipelago]' + b[2, archipelago]' .* log_area, phi);
}
