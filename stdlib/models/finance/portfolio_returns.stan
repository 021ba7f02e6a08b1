// The risk of a portfolio
//
// Field: finance
// Data: weekly returns of several assets, in percent, as in Ruppert and Matteson (2015), Statistics and Data
//   Analysis for Financial Engineering, chapter 7.
// Idea: joint heavy tails by a multivariate t distribution, whose extremes come together.
// Shows: multi_student_t with a scale matrix from standard deviations and a correlation matrix; value at risk by
//   simulation.
// Tags: outcome multivariate; family multi_student_t; structure robust.

data {
  int<lower=1> T; // weeks
  int<lower=1> K; // assets
  simplex[K] w; // share of the portfolio
  array[T] vector[K] r;
}
parameters {
  vector[K] mu;
  vector<lower=0>[K] sigma;
  corr_matrix[K] Omega;
  real<lower=2> nu;
}
transformed parameters {
  cov_matrix[K] Sigma = quad_form_diag(Omega, sigma);
}
model {
  mu ~ normal(0, 0.5);
  sigma ~ lognormal(0.5, 0.5);
  Omega ~ lkj_corr(2);
  nu ~ gamma(2, 0.1);
  r ~ multi_student_t(nu, mu, Sigma);
}
generated quantities {
  real next_week = w' * multi_student_t_rng(nu, mu, Sigma); // its quantiles are the value at risk
}
