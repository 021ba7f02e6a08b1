// How a stream runs dry
//
// Field: hydrology
// Data: daily flow during rainless periods after storms; Tallaksen (1995), "A review of baseflow recession
//   analysis", Journal of Hydrology 165.
// Idea: flow decays exponentially with a constant that differs a little from event to event.
// Shows: a matrix of outcomes by event and day, varying rates on the log scale.
// Tags: outcome positive; family lognormal; structure decay, varying_slopes, varying_intercepts, hierarchical.

data {
  int<lower=1> E; // events
  int<lower=1> D; // days of each
  array[E] vector<lower=0>[D] flow; // cubic metres per second
}
transformed data {
  vector[D] day = linspaced_vector(D, 0, D - 1);
}
parameters {
  real mean_log_start;
  real mean_log_rate; // log of the decay per day
  vector<lower=0>[2] tau;
  vector[E] log_start;
  vector[E] log_rate;
  real<lower=0> sigma;
}
model {
  mean_log_start ~ normal(2, 0.7);
  mean_log_rate ~ normal(-2.3, 0.5);
  tau ~ lognormal([-0.7, -1.6]', 0.4);
  log_start ~ normal(mean_log_start, tau[1]);
  log_rate ~ normal(mean_log_rate, tau[2]);
  sigma ~ lognormal(-2.5, 0.5);
  for (e in 1:E) {
    flow[e] ~ lognormal(log_start[e] - exp(log_rate[e]) * day, sigma);
  }
}
