// Price elasticities of many shops
//
// Field: marketing
// Data: weekly unit sales of a product with price and display in the shops of a chain, as the orange juice data of
//   Montgomery (1997), "Creating micro-marketing pricing strategies using supermarket scanner data".
// Idea: base demand and elasticity differ between shops and may be correlated; partial pooling of both.
// Shows: varying intercepts and slopes with a correlation, centred, as an array of vectors.
// Tags: outcome count; family neg_binomial_2_log; structure regression, varying_intercepts, varying_slopes.

data {
  int<lower=1> N; // weeks of shops
  int<lower=1> S; // shops
  array[N] int<lower=1, upper=S> shop;
  vector[N] log_price; // against the regular price, in units of 10 percent
  array[N] int<lower=0, upper=1> display; // on display or in a leaflet?
  array[N] int<lower=0> units;
}
parameters {
  vector[2] mean_b; // log units at the regular price, change per 10 percent
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  array[S] vector[2] b;
  real b_display;
  real<lower=0> phi;
}
model {
  mean_b ~ normal([3, -0.25]', [0.7, 0.1]');
  tau ~ lognormal([-0.7, -2.5]', 0.4);
  L ~ lkj_corr_cholesky(2);
  b ~ multi_normal_cholesky(mean_b, diag_pre_multiply(tau, L));
  b_display ~ normal(0.3, 0.3);
  phi ~ gamma(3, 0.5);
  for (n in 1:N) {
    units[n] ~ neg_binomial_2_log(
      b[shop[n], 1] + b[shop[n], 2] * log_price[n] + b_display * display[n],
      phi
    );
  }
}
