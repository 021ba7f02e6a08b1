// Counts of which each visit sees a part.
data {
  int<lower=1> R;
  int<lower=1> T;
  int<lower=1> K;
  array[R, T] int<lower=0> y;
}
transformed data {
  array[R] int most;
  for (i in 1:R) most[i] = max(y[i]);
}
parameters {
  real<lower=0> lambda;
  real<lower=0, upper=1> p;
}
model {
  lambda ~ gamma(2, 1);
  p ~ beta(2, 2);
  for (i in 1:R) {
    vector[K - most[i] + 1] lp;
    for (j in 1:K - most[i] + 1)
      lp[j] = poisson_lpmf(most[i] + j - 1 | lambda) + binomial_lpmf(y[i] | most[i] + j - 1, p);
    target += log_sum_exp(lp);
  }
}
