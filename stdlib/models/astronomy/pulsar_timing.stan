// A pulsar as a clock
//
// Field: astronomy
// Data: timing residuals of a pulsar at equal intervals with their errors; Hobbs, Lyne and Kramer (2010), "An
//   analysis of the timing irregularities for 366 pulsars".
// Idea: a quadratic is left from errors of period and slow-down; beside white noise there is red noise, the double
//   sum of shocks to the rate of rotation.
// Shows: an integrated random walk by two cumulative sums, non-centred.
// Tags: outcome real; family normal; structure state_space, trend, polynomial, latent_variable.

data {
  int<lower=3> T; // epochs
  vector<lower=0>[T] se; // microseconds
  vector[T] residual; // microseconds
}
transformed data {
  vector[T] time = linspaced_vector(T, -1, 1);
  matrix[T, 3] X = [rep_row_vector(1, T), time', square(time)']';
}
parameters {
  vector[3] beta;
  real<lower=0> shock; // standard deviation of the change of rate, microseconds per epoch
  vector[T] z;
  real<lower=0> efac; // by how much the stated errors are too small
}
transformed parameters {
  vector[T] red = shock * cumulative_sum(cumulative_sum(z));
}
model {
  beta ~ normal(0, 10);
  shock ~ normal(0, 0.05);
  z ~ std_normal();
  efac ~ lognormal(0, 0.2);
  residual ~ normal(X * beta + red, efac * se);
}
