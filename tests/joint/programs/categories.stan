// Regressions of categories: a row of covariates each, one row for all, and intercepts only.
data {
  int<lower=1> N;
  int<lower=2> K;
  matrix[N, 2] x;
  row_vector[2] same;
  array[N] int<lower=1, upper=K> choice;
  array[2] int<lower=1, upper=K> equal;
  array[N] int<lower=1, upper=3> rating;
  array[4] int<lower=1, upper=3> first;
}
parameters {
  vector[K] a;
  matrix[2, K] b;
  vector[2] slope;
  ordered[2] cut;
}
model {
  a ~ std_normal();
  to_vector(b) ~ normal(0, 2);
  slope ~ std_normal();
  cut ~ std_normal();
  choice ~ categorical_logit_glm(x, a, b);
  equal ~ categorical_logit_glm(same, a, b);
  rating ~ ordered_logistic_glm(x, slope, cut);
  first ~ ordered_logistic_glm(same, slope, cut);
}
