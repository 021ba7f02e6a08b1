// A count that is zero in two ways, and one whose zeros are a matter of their own.
data {
  int<lower=0> N;
  array[N] int<lower=0> y;
  array[N] int<lower=0> z;
}
parameters {
  real<lower=0, upper=1> theta;
  real<lower=0> lambda;
}
model {
  theta ~ beta(2, 2);
  lambda ~ gamma(4, 1);
  for (n in 1:N) {
    if (y[n] == 0) target += log_mix(theta, 0, poisson_lpmf(0 | lambda));
    else target += log1m(theta) + poisson_lpmf(y[n] | lambda);
  }
  for (n in 1:N) {
    if (z[n] == 0) {
      target += log1m(theta);
    } else {
      target += log(theta);
      z[n] ~ poisson(lambda) T[1, ];
    }
  }
}
