// Log densities that transformed parameters keep beside others.
data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
}
parameters {
  real a;
  real b;
}
transformed parameters {
  vector[N] mu;
  vector[N] log_lik;
  for (n in 1:N) {
    mu[n] = a + b * x[n];
    log_lik[n] = normal_lpdf(y[n] | mu[n], 0.5);
  }
}
model {
  a ~ normal(0, 1);
  b ~ normal(0, 1);
  target += sum(log_lik);
}
