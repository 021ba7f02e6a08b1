// A walk that is seen in part: the rest are parameters.
data {
  int<lower=0> S;
  int<lower=0> M;
  array[S] int seen;
  array[M] int lost;
  vector[S] y_seen;
}
transformed data {
  int N = S + M;
}
parameters {
  real mu;
  vector[M] y_lost;
}
transformed parameters {
  vector[N] y;
  y[seen] = y_seen;
  y[lost] = y_lost;
}
model {
  mu ~ normal(0, 1);
  y[1] ~ normal(mu, 1);
  y[2:N] ~ normal(y[1:N - 1], 1);
}
