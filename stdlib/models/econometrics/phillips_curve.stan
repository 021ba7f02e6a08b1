// Inflation and unemployment with correlated errors
//
// Field: econometrics
// Data: quarterly inflation and unemployment of one country, as the US series of Stock and Watson (1999),
//   "Forecasting inflation", Journal of Monetary Economics 44.
// Idea: a linear regression whose errors are a first-order autoregression; Chib (1993), "Bayes regression with
//   autoregressive errors".
// Shows: AR(1) errors written through the previous residual, a stationary start.
// Tags: outcome real; family normal; structure regression, autoregression.

data {
  int<lower=2> T; // quarters
  vector[T] unemployment; // percent, standardised
  vector[T] inflation; // percent a year
}
parameters {
  real alpha;
  real slope;
  real<lower=-1, upper=1> rho; // correlation of successive errors
  real<lower=0> sigma; // standard deviation of the innovations
}
model {
  vector[T] mu = alpha + slope * unemployment;
  alpha ~ normal(3, 2);
  slope ~ normal(0, 1);
  rho ~ normal(0.5, 0.5);
  sigma ~ normal(0, 1);
  inflation[1] ~ normal(mu[1], sigma / sqrt(1 - square(rho)));
  for (t in 2:T) {
    inflation[t] ~ normal(mu[t] + rho * (inflation[t - 1] - mu[t - 1]), sigma);
  }
}
