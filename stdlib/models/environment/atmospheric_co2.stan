// Carbon dioxide in the air: trend and season
//
// Field: environment
// Data: monthly carbon dioxide at one observatory, as Mauna Loa in Keeling et al. (1976), "Atmospheric carbon
//   dioxide variations at Mauna Loa Observatory, Hawaii", Tellus 28.
// Idea: a quadratic trend, two harmonics of the year and first-order autoregressive errors.
// Shows: errors of a regression as an autoregression by slices of residuals.
// Tags: outcome real; family normal; structure regression, polynomial, trend, seasonality, autoregression.

data {
  int<lower=2> T; // months
  vector[T] co2; // parts per million
}
transformed data {
  vector[T] year = linspaced_vector(T, 1, T) / 12;
  vector[T] centred = (year - mean(year)) / 10; // decades from the middle
  matrix[T, 6] X = [
      centred',
      square(centred)',
      sin(2 * pi() * year)',
      cos(2 * pi() * year)',
      sin(4 * pi() * year)',
      cos(4 * pi() * year)'
    ]';
}
parameters {
  real alpha; // in the middle of the period
  vector[6] beta;
  real<lower=0, upper=1> rho;
  real<lower=0> sigma;
}
model {
  vector[T] mu = alpha + X * beta;
  alpha ~ normal(350, 20);
  beta ~ normal([15, 1, 0, 0, 0, 0]', [5, 1, 2, 2, 1, 1]');
  rho ~ beta(4, 2);
  sigma ~ normal(0, 0.5);
  co2[1] ~ normal(mu[1], sigma / sqrt(1 - square(rho)));
  co2[2:T] ~ normal(mu[2:T] + rho * (co2[1:T - 1] - mu[1:T - 1]), sigma);
}
