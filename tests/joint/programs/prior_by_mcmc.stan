// A bound that cuts a density whose mass within it depends on a parameter, and a factor of the parameters alone.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  real mu;
  real<lower=0> sigma;
  vector[2] a;
}
model {
  mu ~ normal(0, 1);
  sigma ~ normal(mu, 1);
  a ~ normal(0, 1);
  target += -square(a[1] - a[2]);
  y ~ normal(a[1] + a[2], sigma);
}
