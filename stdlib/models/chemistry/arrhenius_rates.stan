// Activation energies of a reaction over catalysts
//
// Field: chemistry
// Data: rate constants at several temperatures over different catalysts; Laidler (1984), "The development of the
//   Arrhenius equation", Journal of Chemical Education 61.
// Idea: log rates are linear in inverse absolute temperature; level and slope vary between catalysts and are
//   correlated, the compensation effect.
// Shows: correlated varying intercepts and slopes, non-centred with a Cholesky factor.
// Tags: outcome positive; family lognormal; structure regression, varying_intercepts, varying_slopes.

data {
  int<lower=1> N; // runs
  int<lower=1> C; // catalysts
  array[N] int<lower=1, upper=C> catalyst;
  vector<lower=300, upper=400>[N] kelvin;
  vector<lower=0>[N] rate; // per second
}
transformed data {
  vector[N] x = (1 / 350.0 - inv(kelvin)) * 1000 / 8.314; // per kJ/mol, zero at 350 kelvin
}
parameters {
  real mean_log_rate; // at 350 kelvin
  real mean_energy; // kJ/mol
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  matrix[2, C] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[2, C] u = diag_pre_multiply(tau, L) * z;
}
model {
  mean_log_rate ~ normal(-3, 0.7);
  mean_energy ~ normal(60, 15);
  tau[1] ~ normal(0, 0.7);
  tau[2] ~ normal(0, 10);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  sigma ~ normal(0, 0.2);
  rate ~ lognormal(mean_log_rate + u[1, catalyst]' + (mean_energy + u[2, catalyst]') .* x, sigma);
}
