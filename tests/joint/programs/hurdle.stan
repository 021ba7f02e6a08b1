// Zero, or a positive number.
data {
  int<lower=0> N;
  vector<lower=0>[N] y;
}
parameters {
  real<lower=0, upper=1> p;
  real m;
}
model {
  m ~ normal(0, 1);
  for (n in 1:N) {
    if (y[n] == 0) target += log(p);
    else {
      target += log1m(p);
      y[n] ~ lognormal(m, 0.5);
    }
  }
}
