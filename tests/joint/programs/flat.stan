// No density at all, on compact sets.
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=5> successes;
  array[N] int<lower=1, upper=3> kind;
  array[N] vector[3] y;
}
parameters {
  real<lower=0.2, upper=0.8> p;
  simplex[3] theta;
  unit_vector[3] direction;
  cholesky_factor_corr[3] L;
}
model {
  successes ~ binomial(5, p);
  kind ~ categorical(theta);
  y ~ multi_normal_cholesky(direction, L);
}
