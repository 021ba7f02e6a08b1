// Death rates in intervals since the diagnosis
//
// Field: medicine
// Data: for deaths and person-years by interval of follow-up and group; Holford (1980), "The analysis of rates and
//   of survivorship using log-linear models", Biometrics 36.
// Idea: a hazard that is constant in each interval makes the survival likelihood one of Poisson counts; log hazards
//   of neighbouring intervals are a random walk, and treatment multiplies them.
// Shows: a random walk by slices of a vector, exposure as an offset.
// Tags: outcome survival, count; family poisson_log; structure regression, trend.

data {
  int<lower=2> J; // intervals
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=J> interval;
  vector<lower=0, upper=1>[N] treated;
  vector<lower=0>[N] exposure; // person-years
  array[N] int<lower=0> deaths;
}
parameters {
  real<lower=0> sigma;
  vector[J] log_h; // log hazard a year
  real beta; // log hazard ratio
}
model {
  log_h[1] ~ normal(-1.5, 0.7);
  sigma ~ lognormal(-1.5, 0.5);
  log_h[2:J] ~ normal(log_h[1:(J - 1)], sigma);
  beta ~ normal(0, 0.5);
  deaths ~ poisson_log(log(exposure) + log_h[interval] + beta * treated);
}
