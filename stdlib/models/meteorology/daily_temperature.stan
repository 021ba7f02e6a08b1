// Temperature through the year, and how variable it is
//
// Field: meteorology
// Data: daily mean temperatures of one station over some years; Campbell and Diebold (2005), "Weather forecasting
//   for weather derivatives", Journal of the American Statistical Association 100.
// Idea: a season in the mean, days that resemble the day before, and a season in the variance too.
// Shows: autoregression around a seasonal mean, heteroskedastic innovations by a log-linear standard deviation.
// Tags: outcome real; family normal; structure seasonality, autoregression, heteroskedastic.

data {
  int<lower=2> T; // days
  vector[T] celsius;
}
transformed data {
  vector[T] angle = 2 * pi() * linspaced_vector(T, 1, T) / 365.25;
  matrix[T, 2] season = [sin(angle)', cos(angle)']';
}
parameters {
  real mu;
  vector[2] beta;
  real<lower=0, upper=1> rho;
  real log_sigma;
  vector[2] gamma;
}
model {
  vector[T] normal_temperature = mu + season * beta;
  vector[T] sigma = exp(log_sigma + season * gamma);
  mu ~ normal(10, 3);
  beta ~ normal(0, 6);
  rho ~ beta(6, 3);
  log_sigma ~ normal(0.8, 0.3);
  gamma ~ normal(0, 0.2);
  celsius[1] ~ normal(normal_temperature[1], sigma[1] / sqrt(1 - square(rho)));
  for (t in 2:T) {
    celsius[t] ~ normal(
      normal_temperature[t] + rho * (celsius[t - 1] - normal_temperature[t - 1]),
      sigma[t]
    );
  }
}
