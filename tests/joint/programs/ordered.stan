// Exchangeable draws, sorted.
data {
  int<lower=0> N;
  array[N] int<lower=1, upper=4> grade;
  vector[N] x;
}
parameters {
  real b;
  real<lower=0> spread;
  ordered[3] cut;
  positive_ordered[3] level;
}
model {
  b ~ normal(0, 1);
  spread ~ gamma(4, 2);
  cut ~ normal(0, spread);
  level ~ normal(1, 2);
  grade ~ ordered_logistic(x * b + level[1] - level[2], cut);
}
