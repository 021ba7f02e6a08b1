// The water table over the months
//
// Field: hydrology
// Data: monthly levels of an observation well; as in Harvey (1989), Forecasting, Structural Time Series Models and
//   the Kalman Filter.
// Idea: a local linear trend, level and slope both random walks, integrated out; the season by a harmonic.
// Shows: gaussian_dlm_obs with a two-dimensional state and a mean that is subtracted.
// Tags: outcome real; family gaussian_dlm_obs; structure state_space, trend.

data {
  int<lower=1> T; // months
  matrix[1, T] level; // metres, centred
}
transformed data {
  matrix[2, 1] F = [[1], [0]]; // the level is seen
  matrix[2, 2] G = [[1, 1], [0, 1]]; // level[t + 1] = level[t] + slope[t]
  vector[2] m0 = [0, 0]';
  matrix[2, 2] C0 = [[1, 0], [0, 0.0025]];
}
parameters {
  real<lower=0> sd_obs;
  real<lower=0> sd_level;
  real<lower=0> sd_slope;
}
model {
  sd_obs ~ lognormal(-1.5, 0.5);
  sd_level ~ lognormal(-2, 0.5);
  sd_slope ~ lognormal(-4.5, 0.5);
  level ~ gaussian_dlm_obs(
    F,
    G,
    [square(sd_obs)]',
    diag_matrix([square(sd_level), square(sd_slope)]'),
    m0,
    C0
  );
}
