// How many months of the year are too dry?
//
// Field: hydrology
// Data: months of each year below the drought threshold in several basins; Mishra and Singh (2010), "A review of
//   drought concepts", Journal of Hydrology 391.
// Idea: counts out of twelve with a trend of each basin around a common one, on the logit scale.
// Shows: binomial_logit with correlated intercepts and slopes by an LKJ prior, non-centred.
// Tags: outcome bounded; family binomial_logit; structure regression, trend, varying_intercepts, varying_slopes.

data {
  int<lower=1> N; // basin-years
  int<lower=1> B; // basins
  array[N] int<lower=1, upper=B> basin;
  vector<lower=-1, upper=1>[N] time; // -1 and 1: ends of the record
  array[N] int<lower=0, upper=12> months;
}
parameters {
  vector[2] beta; // level and trend of an average basin
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  matrix[2, B] z;
}
transformed parameters {
  matrix[2, B] u = diag_pre_multiply(tau, L) * z; // deviations of the basins
}
model {
  beta ~ normal([-1.5, 0]', [0.5, 0.4]');
  tau ~ normal(0, 0.5);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  months ~ binomial_logit(12, beta[1] + u[1, basin]' + (beta[2] + u[2, basin]') .* time);
}
