// Naming colours of words that mean other colours
//
// Field: psychology
// Data: for reaction times of persons in both conditions; Stroop (1935), "Studies of interference in serial verbal
//   reactions", Journal of Experimental Psychology 18.
// Idea: reaction times are lognormal; speed and interference vary by person and may be correlated.
// Shows: correlated varying effects, non-centred, with an LKJ prior on a Cholesky factor.
// Tags: outcome positive; family lognormal; structure regression, varying_intercepts, varying_slopes, experiment.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // trials
  array[N] int<lower=1, upper=J> subject;
  vector<lower=0, upper=1>[N] incongruent;
  vector<lower=0>[N] rt; // milliseconds
}
parameters {
  vector[2] beta; // log milliseconds, and interference
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  matrix[2, J] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[J, 2] v = (diag_pre_multiply(tau, L) * z)';
}
model {
  beta[1] ~ normal(6.5, 0.2);
  beta[2] ~ normal(0.1, 0.1);
  tau[1] ~ normal(0, 0.2);
  tau[2] ~ normal(0, 0.1);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  sigma ~ normal(0.25, 0.1);
  rt ~ lognormal(beta[1] + v[subject, 1] + (beta[2] + v[subject, 2]) .* incongruent, sigma);
}
generated quantities {
  real rho = L[2, 1]; // are slow people more disturbed?
}
