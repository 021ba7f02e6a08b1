// How reading grows, pupil by pupil
//
// Field: education
// Data: for yearly reading scores of the same pupils; Singer and Willett (2003), Applied Longitudinal Data
//   Analysis, chapters 4 to 6.
// Idea: each pupil has a curve with level, slope and a common bend; level and slope are correlated.
// Shows: a quadratic growth curve, varying coefficients by multi_normal_cholesky, non-centred.
// Tags: outcome real; family normal; structure growth_curve, polynomial, varying_intercepts, varying_slopes.

data {
  int<lower=1> J; // pupils
  int<lower=0> N; // tests
  array[N] int<lower=1, upper=J> pupil;
  vector<lower=0>[N] grade; // years since the first test
  vector[N] score;
}
parameters {
  vector[2] mu; // mean level and yearly gain at the first test
  real bend; // change of the gain
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  array[J] vector[2] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[J, 2] b; // level and gain of each pupil
  for (j in 1:J) {
    b[j] = (mu + diag_pre_multiply(tau, L) * z[j])';
  }
}
model {
  mu[1] ~ normal(450, 20);
  mu[2] ~ normal(25, 10);
  bend ~ normal(-1, 1);
  tau ~ normal(0, 10);
  L ~ lkj_corr_cholesky(2);
  z ~ multi_normal(rep_vector(0, 2), identity_matrix(2));
  sigma ~ normal(0, 15);
  score ~ normal(b[pupil, 1] + b[pupil, 2] .* grade + bend * square(grade), sigma);
}
