// Gravity from a pendulum
//
// Field: physics
// Data: lengths of a pendulum and times of ten swings, a teaching experiment; Squires (2001), Practical Physics.
// Idea: both length and period are measured with error: the true lengths are parameters; Fuller (1987), Measurement
//   Error Models.
// Shows: errors in variables, a law of physics with one unknown constant.
// Tags: outcome positive; family normal; structure measurement_error.

data {
  int<lower=1> N; // settings
  vector<lower=0>[N] measured_length; // metres
  vector<lower=0>[N] ten_periods; // seconds
}
parameters {
  real<lower=0> g; // metres per second squared
  vector<lower=0.1, upper=2>[N] length; // true, metres
  real<lower=0> sd_length; // of reading the length, metres
  real<lower=0> sd_time; // of the stop watch, seconds
}
model {
  g ~ normal(10, 0.5);
  sd_length ~ lognormal(-5, 0.5);
  sd_time ~ lognormal(-2, 0.5);
  length ~ uniform(0.1, 2);
  measured_length ~ normal(length, sd_length);
  ten_periods ~ normal(10 * 2 * pi() * sqrt(length / g), sd_time);
}
