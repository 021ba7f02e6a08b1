// Electricity over the day and with the weather
//
// Field: engineering
// Data: hourly load of a network with temperature; Hong and Fan (2016), "Probabilistic electric load forecasting: a
//   tutorial review", International Journal of Forecasting 32.
// Idea: log load as heating and cooling slopes that meet at a comfortable temperature, harmonics of the day, and
//   errors that are autocorrelated.
// Shows: a hinge with an unknown knot, AR(1) errors in vector form by slices.
// Tags: outcome positive; family lognormal; structure regression, seasonality, autoregression, splines,
//   change_point.

data {
  int<lower=2> T; // hours
  vector[T] temperature; // standardised
  vector<lower=0>[T] load; // gigawatts
}
transformed data {
  vector[T] angle = 2 * pi() * linspaced_vector(T, 1, T) / 24;
  matrix[T, 4] day = [sin(angle)', cos(angle)', sin(2 * angle)', cos(2 * angle)']';
}
parameters {
  real alpha;
  vector[4] b_day;
  real<lower=0> heating;
  real<lower=0> cooling;
  real comfort; // temperature without heating or cooling
  real<lower=0, upper=1> rho;
  real<lower=0> sigma;
}
model {
  vector[T] mu = alpha
      + day * b_day
      + heating * fmax(comfort - temperature, 0)
      + cooling * fmax(temperature - comfort, 0);
  alpha ~ normal(3, 0.3);
  b_day ~ normal(0, 0.1);
  heating ~ normal(0, 0.1);
  cooling ~ normal(0, 0.1);
  comfort ~ normal(0, 0.5);
  rho ~ beta(4, 2);
  sigma ~ normal(0, 0.1);
  load[1] ~ lognormal(mu[1], sigma / sqrt(1 - square(rho)));
  load[2:T] ~ lognormal(mu[2:T] + rho * (log(load[1:T - 1]) - mu[1:T - 1]), sigma);
}
