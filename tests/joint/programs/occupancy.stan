// Detections at sites that are occupied or not.
data {
  int<lower=1> R;
  int<lower=1> T;
  array[R, T] int<lower=0, upper=1> y;
}
transformed data {
  array[R] int seen;
  for (i in 1:R) seen[i] = sum(y[i]);
}
parameters {
  real<lower=0, upper=1> psi;
  real<lower=0, upper=1> p;
}
model {
  psi ~ beta(2, 3);
  p ~ beta(3, 2);
  for (i in 1:R) {
    if (seen[i] > 0) target += log(psi) + bernoulli_lpmf(y[i] | p);
    else target += log_sum_exp(log(psi) + bernoulli_lpmf(y[i] | p), log1m(psi));
  }
}
