// Log densities that are collected, chosen, written with their own normaliser, and summed over slices.
functions {
  real part_lpmf(array[] int z, int from, int to, vector x, real a) {
    real lp = 0;
    lp += bernoulli_logit_lpmf(z | a + x[from:to]);
    return lp;
  }
}
data {
  int<lower=1> N;
  vector[N] x;
  vector[N] y;
  array[N] int<lower=0, upper=1> wide;
  array[N] int<lower=0, upper=1> z;
  vector<lower=0>[N] w;
}
parameters {
  real a;
  real<lower=0> s;
}
model {
  real lp = 0;
  a ~ normal(0, 1);
  s ~ exponential(1);
  for (n in 1:N) {
    if (wide[n]) lp += normal_lpdf(y[n] | a, 3 * s);
    else lp += normal_lpdf(y[n] | a, s);
  }
  target += lp;
  target += reduce_sum(part_lpmf, z, 1, x, a);
  target += logistic_lpdf(w | a, 1) - N * logistic_lccdf(0 | a, 1);
}
