// Times that are censored at a limit.
data {
  int<lower=0> N;
  vector<lower=0>[N] t;
  array[N] int<lower=0, upper=1> event;
}
parameters {
  real<lower=0> rate;
}
model {
  rate ~ gamma(3, 2);
  for (n in 1:N) {
    if (event[n] == 1) t[n] ~ exponential(rate);
    else target += exponential_lccdf(t[n] | rate);
  }
}
