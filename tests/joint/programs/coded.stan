// A code for what is missing.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  real m;
}
model {
  m ~ normal(0, 1);
  for (n in 1:N) if (y[n] != -999) y[n] ~ normal(m, 0.5);
}
