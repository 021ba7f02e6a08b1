// From the level of a river to its discharge
//
// Field: hydrology
// Data: gaugings of stage and discharge at one station; Petersen-Øverleir (2004), "Accounting for heteroscedasticity
//   in rating curve estimates", Journal of Hydrology 292.
// Idea: discharge is a power of the stage above that of no flow, with relative errors.
// Shows: a parameter whose bound is a function of the data, a nonlinear regression on the log scale.
// Tags: outcome positive; family lognormal; structure regression.

data {
  int<lower=1> N; // gaugings
  vector<lower=0.4, upper=4>[N] stage; // metres
  vector<lower=0>[N] discharge; // cubic metres per second
}
transformed data {
  real lowest = min(stage);
}
parameters {
  real log_a; // log discharge at one metre above no flow
  real b; // about 5/3 for a wide channel
  real<lower=0, upper=lowest> h0; // stage of no flow, metres
  real<lower=0> sigma;
}
model {
  log_a ~ normal(2, 0.7);
  b ~ normal(1.7, 0.3);
  h0 ~ uniform(0, lowest);
  sigma ~ lognormal(-2.5, 0.5);
  discharge ~ lognormal(log_a + b * log(stage - h0), sigma);
}
