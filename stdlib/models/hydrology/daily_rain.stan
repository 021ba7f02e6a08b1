// Wet and dry days and how much it rains
//
// Field: hydrology
// Data: daily rain of one station through the year; Stern and Coe (1984), "A model fitting analysis of daily
//   rainfall data", Journal of the Royal Statistical Society A 147.
// Idea: whether it rains depends on the day before and on the season; amounts of wet days are gamma with a seasonal
//   mean.
// Shows: a hurdle for a continuous outcome, a Markov chain that reads the outcome of the day before.
// Tags: outcome positive; family bernoulli_logit, gamma; structure hurdle, autoregression, seasonality.

data {
  int<lower=2> T; // days
  vector<lower=0>[T] rain; // millimetres
}
transformed data {
  vector[T] angle = 2 * pi() * linspaced_vector(T, 1, T) / 365.25;
  matrix[T, 2] season = [sin(angle)', cos(angle)']';
}
parameters {
  real alpha; // log odds of rain after a dry day
  real persistence; // what a wet day adds
  vector[2] b_wet;
  real log_mean; // log amount of a wet day
  vector[2] b_amount;
  real<lower=0> shape;
}
model {
  vector[T] wet = alpha + season * b_wet;
  vector[T] amount = exp(log_mean + season * b_amount);
  alpha ~ normal(-1, 0.5);
  persistence ~ normal(1, 0.5);
  b_wet ~ normal(0, 0.5);
  log_mean ~ normal(1.5, 0.5);
  b_amount ~ normal(0, 0.3);
  shape ~ gamma(6, 7);
  for (t in 1:T) {
    real eta = wet[t];
    if (t > 1) {
      eta += persistence * (rain[t - 1] > 0);
    }
    if (rain[t] == 0) {
      target += bernoulli_logit_lpmf(0 | eta);
    } else {
      target += bernoulli_logit_lpmf(1 | eta) + gamma_lpdf(rain[t] | shape, shape / amount[t]);
    }
  }
}
