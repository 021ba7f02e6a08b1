// Grain prices of linked markets
//
// Field: history
// Data: yearly log prices of wheat in several towns; Persson (1999), Grain Markets in Europe, 1500-1900.
// Idea: error correction: a town's price returns towards the mean of all at a speed that tells how well markets are
//   integrated; shocks come together.
// Shows: a system of equations in which each series reads the mean of all, correlated shocks.
// Tags: outcome multivariate; family multi_normal_cholesky; structure autoregression, trend.

data {
  int<lower=2> T; // years
  int<lower=2> C; // towns
  array[T] vector[C] price; // log, from the mean of the first year
}
parameters {
  real drift; // common, per year
  vector<lower=0, upper=1>[C] speed; // share of a gap that is closed in a year
  vector<lower=0>[C] sigma;
  cholesky_factor_corr[C] L;
}
model {
  matrix[C, C] S = diag_pre_multiply(sigma, L);
  drift ~ normal(0, 0.01);
  speed ~ beta(3, 5);
  sigma ~ lognormal(-1.8, 0.4);
  L ~ lkj_corr_cholesky(2);
  price[1] ~ multi_normal_cholesky(rep_vector(0, C), S);
  for (t in 2:T) {
    price[t] ~ multi_normal_cholesky(
      drift + price[t - 1] - speed .* (price[t - 1] - mean(price[t - 1])),
      S
    );
  }
}
