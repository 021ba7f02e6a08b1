// One count that is zero in two ways.
data {
  int<lower=0> y;
}
parameters {
  real<lower=0, upper=1> theta;
  real<lower=0> lambda;
}
model {
  theta ~ beta(2, 2);
  lambda ~ gamma(4, 1);
  if (y == 0)
    target += log_sum_exp([log(theta), log1m(theta) + poisson_lpmf(0 | lambda)]);
  else
    target += log1m(theta) + poisson_lpmf(y | lambda);
}
