// A pulsar as a clock
//
// Field: astronomy
// Data: timing residuals of a pulsar at equal intervals with their errors; Hobbs, Lyne and Kramer (2010), "An
//   analysis of the timing irregularities for 366 pulsars".
// Idea: a quadratic is left from errors of period and slow-down; beside white noise there is red noise, here a
//   random walk of the phase.
// Shows: a random walk as a centred latent series by slices, beside a polynomial in a design matrix.
// Tags: outcome real; family normal; structure state_space, trend, polynomial, latent_variable.

data {
  int<lower=3> T; // epochs
  vector<lower=0.5, upper=3>[T] se; // microseconds
  vector[T] residual; // microseconds
}
transformed data {
  vector[T] time = linspaced_vector(T, -1, 1);
  matrix[T, 3] X = [rep_row_vector(1, T), time', square(time)']';
}
parameters {
  vector[3] beta;
  real<lower=0> shock; // standard deviation of its steps, microseconds
  vector[T] red; // microseconds
  real<lower=0> efac; // by how much the stated errors are too small
}
model {
  beta ~ normal(0, 10);
  shock ~ lognormal(-1, 0.5);
  red[1] ~ normal(0, shock);
  red[2:T] ~ normal(red[1:T - 1], shock);
  efac ~ lognormal(0, 0.2);
  residual ~ normal(X * beta + red, efac * se);
}
