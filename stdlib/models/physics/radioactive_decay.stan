// Counting a decaying source
//
// Field: physics
// Data: counts of a detector in successive intervals of equal length, source and background together; Knoll (2010),
//   Radiation Detection and Measurement, chapter 3.
// Idea: Poisson counts whose mean is a background plus an exponential decay, integrated over each interval.
// Shows: a nonlinear mean of counts, the half-life as a derived quantity.
// Tags: outcome count; family poisson; structure decay.

data {
  int<lower=1> N; // intervals
  array[N] int<lower=0> counts;
}
transformed data {
  vector[N] start = linspaced_vector(N, 0, N - 1);
}
parameters {
  real<lower=0> background; // counts per interval
  real<lower=0> activity; // of the source at the start, counts per interval
  real<lower=0> half_life; // intervals
}
transformed parameters {
  real lambda = log(2) / half_life;
}
model {
  background ~ lognormal(2, 0.7);
  activity ~ lognormal(5, 0.7);
  half_life ~ lognormal(2, 0.5);
  counts ~ poisson(background + activity * exp(-lambda * start) * (1 - exp(-lambda)) / lambda);
}
