// Members of groups, each group of one component.
data {
  int<lower=1> G;
  int<lower=1> N;
  array[N] int<lower=1, upper=G> group;
  vector[N] y;
}
parameters {
  simplex[2] theta;
  ordered[2] m;
}
model {
  matrix[G, 2] lps;
  theta ~ dirichlet([2, 3]');
  m ~ normal(0, 3);
  for (g in 1:G) for (k in 1:2) lps[g, k] = log(theta[k]);
  for (n in 1:N) for (k in 1:2) lps[group[n], k] += normal_lpdf(y[n] | m[k], 1);
  for (g in 1:G) target += log_sum_exp(lps[g]);
}
