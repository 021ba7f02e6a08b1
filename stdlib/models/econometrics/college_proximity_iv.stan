// Returns to schooling by an instrument
//
// Field: econometrics
// Data: log wages and schooling of men and the distance of the nearest college from where they grew up; Card (1995),
//   "Using geographic variation in college proximity to estimate the return to schooling".
// Idea: ability raises both schooling and wages, so their errors are correlated; an instrument that moves schooling
//   alone identifies the effect; Lancaster (2004), An Introduction to Modern Bayesian Econometrics, chapter 8.
// Shows: two equations whose errors have one covariance matrix, built from scales and an LKJ Cholesky factor.
// Tags: outcome multivariate; family multi_normal_cholesky; structure regression, causal.

data {
  int<lower=1> N; // men
  vector[N] near; // instrument: closeness to a college, standardised
  array[N] vector[2] y; // schooling (standardised) and log wage (centred)
}
parameters {
  vector[2] alpha;
  real first_stage; // effect of the instrument on schooling
  real effect; // effect of schooling on log wages
  cholesky_factor_corr[2] L;
  vector<lower=0>[2] sigma;
}
transformed parameters {
  real confounding = L[2, 1]; // correlation of the errors
}
model {
  matrix[2, 2] S = diag_pre_multiply(sigma, L);
  alpha ~ normal(0, 0.5);
  first_stage ~ normal(0, 0.5);
  effect ~ normal(0, 0.5);
  L ~ lkj_corr_cholesky(2);
  sigma ~ exponential(1);
  for (n in 1:N) {
    // the reduced form: what schooling does to wages is already in the mean and in the errors
    real school = alpha[1] + first_stage * near[n];
    vector[2] mu = [school, alpha[2] + effect * school]';
    matrix[2, 2] A = [[1, 0], [effect, 1]];
    y[n] ~ multi_normal_cholesky(mu, A * S);
  }
}
