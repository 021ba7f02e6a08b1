// Families without a generator of their own, and outcomes that are shifted.
data {
  int<lower=1> N;
  matrix[N, 2] x;
  array[N] int<lower=0> counts;
  array[N] int<lower=0, upper=6> successes;
  vector[N] y;
  array[3] int<lower=0> votes;
  vector[2] pair;
}
parameters {
  real a;
  vector[2] b;
  simplex[3] share;
  cov_matrix[2] precision;
}
model {
  a ~ normal(0, 0.5);
  b ~ std_normal();
  share ~ dirichlet([1, 2, 3]');
  precision ~ wishart(4, identity_matrix(2));
  counts ~ poisson_log_glm(x, a, b);
  successes ~ binomial_logit(6, a + x * b);
  y - x * b ~ student_t(5, 0, 1);
  votes ~ multinomial(share);
  pair ~ multi_normal_prec(b, precision);
}
