// A moving average, written by its residuals.
data {
  int<lower=1> T;
  vector[T] y;
}
parameters {
  real mu;
  real<lower=-1, upper=1> theta;
  real<lower=0> sigma;
}
model {
  vector[T] err;
  mu ~ normal(0, 2);
  theta ~ normal(0.3, 0.4);
  sigma ~ lognormal(0, 0.5);
  err[1] = y[1] - mu;
  for (t in 2:T) err[t] = y[t] - (mu + theta * err[t - 1]);
  err ~ normal(0, sigma);
}
