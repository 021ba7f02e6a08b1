// Bounds that cut a prior, and truncated data.
data {
  int<lower=0> N;
  array[N] int<lower=1> counts;
  vector<lower=-1>[N] y;
}
parameters {
  real<lower=1, upper=3> rate;
  vector<lower=0.5>[2] r;
}
model {
  rate ~ normal(0, 2);
  r ~ normal(1, 0.7);
  counts ~ poisson(rate) T[1, ];
  for (n in 1:N) y[n] ~ normal(0, r[1 + n % 2]) T[-1, 2];
}
