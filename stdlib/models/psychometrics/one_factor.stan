// One factor behind several scales
//
// Field: psychometrics
// Data: for scores of persons on several standardised scales; Spearman (1904), "General intelligence, objectively
//   determined and measured", American Journal of Psychology 15.
// Idea: what the scales have in common is one normal variable; integrated out, scores are multivariate normal with
//   covariance of loadings plus unique variances. The first loading is positive, which sets the sign.
// Shows: a covariance matrix from a vector, multi_normal for an array of vectors.
// Tags: outcome multivariate; family multi_normal; structure factor, latent_variable.

data {
  int<lower=1> N; // persons
  int<lower=2> P; // scales
  array[N] vector[P] y;
}
parameters {
  vector[P] nu; // means
  real<lower=0> lambda1;
  vector[P - 1] lambda_rest;
  vector<lower=0>[P] psi; // standard deviations of what is unique
}
transformed parameters {
  vector[P] lambda = append_row(lambda1, lambda_rest); // loadings
}
model {
  nu ~ normal(0, 0.5);
  lambda1 ~ normal(0.7, 0.3);
  lambda_rest ~ normal(0.5, 0.4);
  psi ~ lognormal(-0.5, 0.3);
  y ~ multi_normal(nu, add_diag(lambda * lambda', square(psi)));
}
generated quantities {
  vector[P] communality = square(lambda) ./ (square(lambda) + square(psi));
}
