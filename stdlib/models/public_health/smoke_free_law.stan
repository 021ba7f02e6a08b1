// Did the smoke-free law change admissions?
//
// Field: public health
// Data: for monthly hospital admissions before and after a law takes effect; Bernal, Cummins and Gasparrini (2017),
//   "Interrupted time series regression for the evaluation of public health interventions: a tutorial".
// Idea: the law may change the level and the slope of a trend; the seasons are a pair of harmonics.
// Shows: an interrupted time series, sines and cosines in transformed data, negative binomial regression.
// Tags: outcome count; family neg_binomial_2_log; structure regression, trend, seasonality, change_point, causal.

data {
  int<lower=1> T; // months
  int<lower=1, upper=T> law; // first month with the law
  array[T] int<lower=0> admissions;
}
transformed data {
  vector[T] month = linspaced_vector(T, 1, T);
  vector[T] angle = 2 * pi() * month / 12;
  vector[T] years = (month - law) / 12;
  vector[T] after;
  for (t in 1:T) {
    after[t] = t >= law;
  }
}
parameters {
  real alpha; // log admissions a month
  real trend; // a year
  real jump; // when the law takes effect
  real bend; // change of the trend, a year
  vector[4] season;
  real<lower=0> phi;
}
model {
  alpha ~ normal(4.5, 0.5);
  trend ~ normal(0, 0.05);
  jump ~ normal(0, 0.2);
  bend ~ normal(0, 0.05);
  season ~ normal(0, 0.2);
  phi ~ gamma(4, 0.05);
  admissions ~ neg_binomial_2_log(
    alpha
      + trend * years
      + (jump + bend * years) .* after
      + season[1] * sin(angle)
      + season[2] * cos(angle)
      + season[3] * sin(2 * angle)
      + season[4] * cos(2 * angle),
    phi
  );
}
