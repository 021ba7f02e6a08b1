// Inflation as a mixed autoregressive and moving average process
//
// Field: econometrics
// Data: monthly inflation in percent a year; Box and Jenkins (1970), Time Series Analysis: Forecasting and Control;
//   Stock and Watson (2007), "Why has U.S. inflation become harder to forecast?".
// Idea: ARMA(1,1): a persistent part seen with transitory noise.
// Shows: the errors of a moving average carried through the loop, starting from the stationary mean.
// Tags: outcome real; family normal; structure autoregression, moving_average.

data {
  int<lower=2> T; // months
  vector[T] inflation;
}
parameters {
  real mu; // long-run mean
  real<lower=-1, upper=1> phi; // persistence
  real<lower=-1, upper=1> theta; // share of the last error that is taken back, if negative
  real<lower=0> sigma;
}
model {
  real err;
  mu ~ normal(2.5, 1);
  phi ~ normal(0.7, 0.2);
  theta ~ normal(-0.3, 0.3);
  sigma ~ lognormal(0, 0.5);
  inflation[1] ~ normal(mu, 2 * sigma);
  err = inflation[1] - mu;
  for (t in 2:T) {
    real expected = mu + phi * (inflation[t - 1] - mu) + theta * err;
    inflation[t] ~ normal(expected, sigma);
    err = inflation[t] - expected;
  }
}
