// Rows of log densities that one loop fills and another sums up.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  simplex[2] theta;
  ordered[2] m;
}
model {
  array[N] vector[2] lps;
  theta ~ dirichlet([2, 3]');
  m ~ normal(0, 2);
  for (n in 1:N) for (k in 1:2) lps[n, k] = log(theta[k]) + normal_lpdf(y[n] | m[k], 0.5);
  for (n in 1:N) target += log_sum_exp(lps[n]);
}
