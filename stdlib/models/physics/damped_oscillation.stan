// A vibration that dies away
//
// Field: physics
// Data: displacements of an oscillator at equal steps of time, as from a seismometer's or a balance's swing; Taylor
//   (1997), An Introduction to Error Analysis.
// Idea: damped harmonic motion written with a cosine and a sine amplitude, which are linear, so that no phase is
//   periodic.
// Shows: a nonlinear regression in two parameters, linear in two others.
// Tags: outcome real; family normal; structure decay, seasonality.

data {
  int<lower=1> N; // readings
  vector[N] y; // centimetres
}
transformed data {
  vector[N] time = linspaced_vector(N, 0, 6); // seconds
}
parameters {
  real<lower=0> frequency; // cycles a second
  real<lower=0> damping; // per second
  vector[2] amplitude; // of cosine and sine, centimetres
  real offset_; // position at rest
  real<lower=0> sigma;
}
model {
  vector[N] angle = 2 * pi() * frequency * time;
  frequency ~ normal(1, 0.05);
  damping ~ lognormal(-1, 0.5);
  amplitude ~ normal(0, 5);
  offset_ ~ normal(0, 0.5);
  sigma ~ lognormal(-1.5, 0.5);
  y ~ normal(
    offset_ + exp(-damping * time) .* (amplitude[1] * cos(angle) + amplitude[2] * sin(angle)),
    sigma
  );
}
