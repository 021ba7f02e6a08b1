// Stopping distances of cars by Gaussian process regression
//
// Field: physics
// Data: speed and stopping distance of 50 cars of the 1920s; Ezekiel (1930), Methods of Correlation Analysis
//   (cars, R datasets).
// Idea: no formula for the curve: a Gaussian process with its hyperparameters inferred; Rasmussen and Williams (2006),
//   Gaussian Processes for Machine Learning, chapter 2.
// Shows: a marginal Gaussian process: covariance function, Cholesky factor, multi_normal_cholesky, and prediction.
// Tags: outcome positive; family multi_normal_cholesky; structure gaussian_process.

data {
  int<lower=1> N;
  array[N] real speed; // miles per hour
  vector[N] dist; // feet
}
transformed data {
  real y_mean = mean(dist);
  vector[N] y = dist - y_mean;
  array[3] real speed_new = {8.0, 16.0, 24.0};
}
parameters {
  real<lower=0> rho; // length scale, miles per hour
  real<lower=0> alpha; // standard deviation of the curve, feet
  real<lower=0> sigma; // standard deviation around the curve, feet
}
model {
  matrix[N, N] L = cholesky_decompose(add_diag(gp_exp_quad_cov(speed, alpha, rho), square(sigma)));
  rho ~ inv_gamma(5, 60);
  alpha ~ normal(0, 40);
  sigma ~ normal(0, 20);
  y ~ multi_normal_cholesky(rep_vector(0, N), L);
}
generated quantities {
  vector[3] curve; // posterior mean of the curve at speed_new, given this draw's hyperparameters
  {
    matrix[N, N] L = cholesky_decompose(
        add_diag(gp_exp_quad_cov(speed, alpha, rho), square(sigma))
      );
    matrix[N, 3] K_new = gp_exp_quad_cov(speed, speed_new, alpha, rho);
    curve = y_mean + mdivide_left_tri_low(L, K_new)' * mdivide_left_tri_low(L, y);
  }
}
