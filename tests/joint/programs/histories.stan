// Chances that follow from a history, which transformed data compute from the outcomes.
data {
  int<lower=1> T;
  array[T] int<lower=0, upper=1> y;
}
transformed data {
  vector[T] before;
  before[1] = 0;
  for (t in 2:T) before[t] = before[t - 1] + y[t - 1];
}
parameters {
  real a;
  real b;
}
model {
  a ~ normal(0, 1);
  b ~ normal(0, 0.7);
  for (t in 1:T) y[t] ~ bernoulli_logit(a + b * before[t]);
}
