// From an ensemble of forecasts to a probability
//
// Field: meteorology
// Data: temperatures observed, with mean and variance of an ensemble of forecasts; Gneiting et al. (2005),
//   "Calibrated probabilistic forecasting using ensemble model output statistics", Monthly Weather Review 133.
// Idea: ensembles are biased and too narrow: regression of the mean, and of the variance on that of the ensemble.
// Shows: a variance that is linear in a covariate, with coefficients that are positive.
// Tags: outcome real; family normal; structure regression, heteroskedastic.

data {
  int<lower=1> N; // forecasts
  vector[N] ensemble_mean; // degrees, from the climate
  vector<lower=0>[N] ensemble_var;
  vector[N] observed; // degrees, from the climate
}
parameters {
  real bias;
  real<lower=0> skill; // 1: the mean is as extreme as the weather
  real<lower=0> c; // variance that the ensemble does not know of
  real<lower=0> d; // by how much its variance counts
}
model {
  bias ~ normal(0, 1);
  skill ~ normal(1, 0.3);
  c ~ exponential(1);
  d ~ lognormal(0, 0.5);
  observed ~ normal(bias + skill * ensemble_mean, sqrt(c + d * ensemble_var));
}
