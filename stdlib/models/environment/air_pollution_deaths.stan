// Daily deaths after days of bad air
//
// Field: environment
// Data: daily deaths of a city with particulate matter and temperature, as the NMMAPS study of Dominici, Samet and
//   Zeger (2000), "Combining evidence on air pollution and daily mortality from the 20 largest US cities".
// Idea: a distributed lag: the effects of the last days are tied to each other by a random walk; a season besides.
// Shows: a matrix of lagged covariates from transformed data, overdispersed counts.
// Tags: outcome count; family neg_binomial_2_log; structure regression, seasonality, state_space.

data {
  int<lower=1> L; // days over which the air may act
  int<lower=1> N; // days with a full history
  vector[N + L - 1] pm; // particulate matter, standardised; from L - 1 days before the first
  vector[N] temperature; // standardised
  array[N] int<lower=0> deaths;
}
transformed data {
  matrix[N, L] lagged;
  matrix[N, 2] season;
  for (l in 1:L) {
    lagged[:, l] = pm[L - l + 1:L - l + N];
  }
  season[:, 1] = sin(2 * pi() * linspaced_vector(N, 1, N) / 365.25);
  season[:, 2] = cos(2 * pi() * linspaced_vector(N, 1, N) / 365.25);
}
parameters {
  real alpha; // log deaths a day
  vector[L] beta; // of the air today, yesterday, ...
  real<lower=0> step;
  vector[2] b_season;
  vector[2] b_temperature; // linear and quadratic
  real<lower=0> phi;
}
model {
  alpha ~ normal(3.5, 0.5);
  step ~ lognormal(-4.5, 0.4);
  beta[1] ~ normal(0, 0.05);
  beta[2:L] ~ normal(beta[1:L - 1], step);
  b_season ~ normal(0, 0.2);
  b_temperature ~ normal(0, 0.05);
  phi ~ gamma(4, 0.05);
  deaths ~ neg_binomial_2_log(
    alpha
      + lagged * beta
      + season * b_season
      + b_temperature[1] * temperature
      + b_temperature[2] * square(temperature),
    phi
  );
}
