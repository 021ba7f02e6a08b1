// How long volcanoes rest
//
// Field: geology
// Data: years between eruptions of several volcanoes; Wickman (1966), "Repose period patterns of volcanoes";
//   Bebbington and Lai (1996), "On nonhomogeneous models for volcanic eruptions".
// Idea: renewal processes with Weibull intervals; a shape of one would mean that volcanoes forget when they last
//   erupted.
// Shows: a hierarchy for scale and shape, both on the log scale.
// Tags: outcome survival; family weibull; structure hierarchical, varying_intercepts.

data {
  int<lower=1> N; // intervals
  int<lower=1> V; // volcanoes
  array[N] int<lower=1, upper=V> volcano;
  vector<lower=0>[N] years;
}
parameters {
  vector[2] mu; // mean log scale, mean log shape
  vector<lower=0>[2] tau;
  vector<offset=mu[1], multiplier=tau[1]>[V] log_scale;
  vector<offset=mu[2], multiplier=tau[2]>[V] log_shape;
}
model {
  mu ~ normal([2, 0]', [0.7, 0.2]');
  tau ~ normal(0, [0.7, 0.2]');
  log_scale ~ normal(mu[1], tau[1]);
  log_shape ~ normal(mu[2], tau[2]);
  years ~ weibull(exp(log_shape[volcano]), exp(log_scale[volcano]));
}
