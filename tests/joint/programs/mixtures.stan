// Components that share a row of outcomes, and a mixture of two.
data {
  int<lower=1> N;
  int<lower=1> J;
  array[N, J] int<lower=0> y;
  vector[N] z;
}
parameters {
  simplex[2] theta;
  ordered[2] m;
}
model {
  vector[2] lps;
  theta ~ dirichlet([2, 5]');
  m ~ normal(0.5, 1);
  for (n in 1:N) {
    lps = log(theta);
    for (j in 1:J) for (k in 1:2) lps[k] += poisson_lpmf(y[n, j] | exp(m[k]));
    target += log_sum_exp(lps);
  }
  for (n in 1:N) target += log_mix(theta[1], normal_lpdf(z[n] | m[1] - 2, 0.5), normal_lpdf(z[n] | m[2] + 2, 1));
}
