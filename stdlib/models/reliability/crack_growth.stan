// Cracks grow until something breaks
//
// Field: reliability
// Data: crack lengths of test units at equal numbers of load cycles, as the alloy-A data of Hudak; Lu and Meeker
//   (1993), "Using degradation measures to estimate a time-to-failure distribution", Technometrics 35.
// Idea: each unit has its own rate of growth, lognormal over units; failure is the crossing of a limit.
// Shows: a degradation path with a random rate, the distribution of failure times by simulation.
// Tags: outcome positive; family lognormal; structure varying_slopes, hierarchical, growth_curve.

data {
  int<lower=1> U; // units
  int<lower=1> M; // inspections of each
  real<lower=0> limit; // length at which a unit counts as failed, inches
  array[U] vector<lower=0>[M] crack; // inches
}
transformed data {
  vector[M] cycles = linspaced_vector(M, 0.01, 0.01 * M); // millions
}
parameters {
  real log_start; // log length of the notch
  real mu; // mean log rate
  real<lower=0> tau;
  vector[U] log_rate; // of the growth of log length, per million cycles
  real<lower=0> sigma; // relative error of a measurement
}
model {
  log_start ~ normal(-0.1, 0.05);
  mu ~ normal(1.8, 0.2);
  tau ~ lognormal(-1.6, 0.4);
  log_rate ~ normal(mu, tau);
  sigma ~ lognormal(-4, 0.4);
  for (u in 1:U) {
    crack[u] ~ lognormal(log_start + exp(log_rate[u]) * cycles, sigma);
  }
}
generated quantities {
  real failure = (log(limit) - log_start)
      / exp(normal_rng(mu, tau)); // millions of cycles until a new unit fails
}
