// The grade of ore along a drill core
//
// Field: geology
// Data: assays of the metal in pieces of a drill core; Journel and Huijbregts (1978), Mining Geostatistics.
// Idea: log grades are a Gaussian process with a Matern covariance and a nugget, as in kriging; Matheron (1963),
//   "Principles of geostatistics", Economic Geology 58.
// Shows: gp_matern32_cov, a marginal Gaussian process by multi_normal_cholesky.
// Tags: outcome real; family multi_normal_cholesky; structure gaussian_process, spatial.

data {
  int<lower=1> N; // pieces
  array[N] real x; // depth, metres
  vector[N] log_grade; // grams per tonne
}
parameters {
  real mu;
  real<lower=0> range; // metres
  real<lower=0> sill; // standard deviation of the process
  real<lower=0> nugget; // standard deviation of what is local
}
model {
  matrix[N, N] L = cholesky_decompose(add_diag(gp_matern32_cov(x, sill, range), square(nugget)));
  mu ~ normal(0, 1);
  range ~ inv_gamma(4, 30);
  sill ~ normal(0, 1);
  nugget ~ lognormal(-1.5, 0.5);
  log_grade ~ multi_normal_cholesky(rep_vector(mu, N), L);
}
