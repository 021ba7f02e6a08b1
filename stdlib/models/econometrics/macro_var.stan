// A small vector autoregression of the economy
//
// Field: econometrics
// Data: quarterly growth, inflation and interest rates, standardised, as in Stock and Watson (2001), "Vector
//   autoregressions", Journal of Economic Perspectives 15.
// Idea: each series depends on the last quarter of all; coefficients shrink towards white noise with own lags less
//   tightly held than others; Litterman (1986), "Forecasting with Bayesian vector autoregressions".
// Shows: a multivariate time series in one loop, a prior whose scale differs on the diagonal.
// Tags: outcome multivariate; family multi_normal_cholesky; structure autoregression.

data {
  int<lower=2> T; // quarters
  int<lower=1> K; // series
  array[T] vector[K] y;
}
parameters {
  vector[K] alpha;
  matrix[K, K] B; // B[i, j]: effect of series j on series i a quarter later
  cholesky_factor_corr[K] L;
  vector<lower=0>[K] sigma;
}
model {
  matrix[K, K] S = diag_pre_multiply(sigma, L);
  alpha ~ normal(0, 0.2);
  for (i in 1:K) {
    for (j in 1:K) {
      B[i, j] ~ normal(0, i == j ? 0.25 : 0.05);
    }
  }
  L ~ lkj_corr_cholesky(2);
  sigma ~ exponential(1);
  y[1] ~ multi_normal_cholesky(alpha, S);
  for (t in 2:T) {
    y[t] ~ multi_normal_cholesky(alpha + B * y[t - 1], S);
  }
}
