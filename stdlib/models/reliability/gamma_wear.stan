// Wear that never heals
//
// Field: reliability
// Data: wear of machine parts between inspections, as brake linings or laser devices; van Noortwijk (2009), "A
//   survey of the application of gamma processes in maintenance", Reliability Engineering and System Safety 94.
// Idea: a gamma process: increments are positive, independent and gamma, with shape in proportion to time; parts
//   differ in scale.
// Shows: a stochastic process with jumps given by the density of its increments.
// Tags: outcome positive; family gamma; structure hierarchical.

data {
  int<lower=1> U; // parts
  int<lower=1> M; // intervals between inspections
  vector<lower=0>[M] dt; // their lengths, months
  array[U] vector<lower=0>[M] wear; // in each interval, tenths of a millimetre
}
parameters {
  real<lower=0> shape; // per month: how regular the wear is
  real mean_log_rate;
  real<lower=0> tau;
  vector[U] log_rate; // log of the mean wear per month
}
model {
  shape ~ lognormal(1, 0.5);
  mean_log_rate ~ normal(0, 0.5);
  tau ~ lognormal(-1, 0.4);
  log_rate ~ normal(mean_log_rate, tau);
  for (u in 1:U) {
    wear[u] ~ gamma(shape * dt, shape / exp(log_rate[u]));
  }
}
