// Level, slope and curvature of the yield curve
//
// Field: finance
// Data: yields of zero-coupon government bonds by maturity on several days; Diebold and Li (2006), "Forecasting the
//   term structure of government bond yields", Journal of Econometrics 130.
// Idea: three loadings of maturity with one decay; Nelson and Siegel (1987), "Parsimonious modeling of yield
//   curves". Their weights vary over days around a mean.
// Shows: a nonlinear basis with an unknown decay, weights of each day as vectors with a joint normal distribution.
// Tags: outcome real; family normal; structure regression, hierarchical, varying_slopes, decay.

data {
  int<lower=1> N; // yields
  int<lower=1> T; // days
  array[N] int<lower=1, upper=T> day;
  vector<lower=0>[N] maturity; // years
  vector[N] yield; // percent
}
parameters {
  vector[3] mean_beta; // level, slope, curvature
  vector<lower=0>[3] tau;
  cholesky_factor_corr[3] L;
  array[T] vector[3] beta;
  real<lower=0> decay; // per year
  real<lower=0> sigma;
}
model {
  vector[N] slope = (1 - exp(-decay * maturity)) ./ (decay * maturity);
  vector[N] curvature = slope - exp(-decay * maturity);
  mean_beta ~ normal([4, -1, 0]', [1, 1, 1]');
  tau ~ lognormal(-0.7, 0.4);
  L ~ lkj_corr_cholesky(2);
  beta ~ multi_normal_cholesky(mean_beta, diag_pre_multiply(tau, L));
  decay ~ lognormal(-0.5, 0.4);
  sigma ~ lognormal(-2.5, 0.4);
  for (n in 1:N) {
    yield[n] ~ normal(
      beta[day[n], 1] + beta[day[n], 2] * slope[n] + beta[day[n], 3] * curvature[n],
      sigma
    );
  }
}
