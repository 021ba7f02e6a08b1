// A pulsar as a clock
//
// Field: astronomy
// Data: timing residuals of a pulsar at equal intervals with their errors; Hobbs, Lyne and Kramer (2010), "An
//   analysis of the timing irregularities for 366 pulsars".
// Idea: a quadratic is left from errors of period and slow-down; beside white noise there is red noise, here a
//   random walk of the phase.
// Shows: a random walk integrated out: its covariance from transformed data in a multi_normal.
// Tags: outcome real; family multi_normal; structure state_space, trend, polynomial, regression.

data {
  int<lower=3> T; // epochs
  vector<lower=0.5, upper=3>[T] se; // microseconds
  vector[T] residual; // microseconds
}
transformed data {
  vector[T] time = linspaced_vector(T, -1, 1);
  matrix[T, 3] X = [rep_row_vector(1, T), time', square(time)']';
  matrix[T, T] walk; // covariance of a random walk with unit steps
  for (s in 1:T) {
    for (t in 1:T) {
      walk[s, t] = min(s, t);
    }
  }
}
parameters {
  vector[3] beta;
  real<lower=0> shock; // standard deviation of its steps, microseconds
  real<lower=0> efac; // by how much the stated errors are too small
}
model {
  beta ~ normal(0, 10);
  shock ~ lognormal(-1, 0.5);
  efac ~ lognormal(0, 0.2);
  residual ~ multi_normal(X * beta, add_diag(square(shock) * walk, square(efac * se)));
}
