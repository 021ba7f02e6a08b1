// A mean that the numbers before give, and a slice that is drawn around it.
data {
  int<lower=2> T;
  vector[T] y;
}
parameters {
  real mu;
  real<lower=-1, upper=1> phi;
}
transformed parameters {
  vector[T - 1] mean_of;
  for (t in 1:T - 1) mean_of[t] = mu + phi * y[t];
}
model {
  mu ~ normal(0, 1);
  y[1] ~ normal(mu, 1);
  y[2:T] ~ normal(mean_of, 0.5);
}
