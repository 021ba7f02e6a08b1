// Flow of the Nile: independent years around a mean that changes once, at an unknown time. The step is a steep logistic curve.
data {
  int<lower=1> N;
  vector[N] y; // 10^8 cubic metres
  vector[N] time;
}
parameters {
  real<offset=1000, multiplier=200> before;
  real<offset=1000, multiplier=200> after;
  real<lower=min(time), upper=max(time)> change;
  real<lower=0> sigma;
}
model {
  before ~ normal(1000, 300);
  after ~ normal(1000, 300);
  change ~ uniform(min(time), max(time));
  sigma ~ normal(0, 200);
  y ~ normal(before + (after - before) * inv_logit(4 * (time - change)), sigma);
}
