// Volatility of the DAX
//
// Field: finance
// Data: daily closing prices of the DAX index, 1991-1998 (EuStockMarkets, R datasets), as 1,859 log returns in percent.
// Idea: GARCH(1,1), Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity".
// Shows: a state carried through a loop, and a bound that depends on another parameter.
// Tags: outcome real; family normal; structure heteroskedastic, autoregression.

data {
  int<lower=1> T; // days
  vector[T] r; // log return, percent
}
parameters {
  real mu; // mean return
  real<lower=0> omega;
  real<lower=0, upper=1> alpha; // reaction to yesterday's shock
  real<lower=0, upper=1 - alpha> beta; // persistence; alpha + beta < 1 is stationarity
}
transformed parameters {
  real persistence = alpha + beta; // share of a shock to the variance that is left a day later
}
model {
  real h = omega / (1 - alpha - beta); // variance of the first day: the stationary one
  mu ~ normal(0, 0.2);
  omega ~ normal(0, 0.5);
  alpha ~ beta(2, 10);
  r[1] ~ normal(mu, sqrt(h));
  for (t in 2:T) {
    h = omega + alpha * square(r[t - 1] - mu) + beta * h;
    r[t] ~ normal(mu, sqrt(h));
  }
}
