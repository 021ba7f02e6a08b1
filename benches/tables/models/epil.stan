// Seizures of epileptics in two weeks: Poisson with a varying intercept of subjects.
data {
  int<lower=1> N;
  int<lower=1> J_subject;
  array[N] int<lower=0> y;
  vector[N] trt;
  vector[N] lbase;
  vector[N] lage;
  vector[N] V4;
  array[N] int<lower=1, upper=J_subject> subject;
}
transformed data {
  matrix[N, 5] x;
  x[:, 1] = lbase;
  x[:, 2] = trt;
  x[:, 3] = lbase .* trt;
  x[:, 4] = lage;
  x[:, 5] = V4;
}
parameters {
  real alpha;
  vector[5] beta;
  real<lower=0> tau;
  vector[J_subject] z;
}
model {
  alpha ~ normal(2, 1);
  beta ~ normal(0, 1);
  tau ~ normal(0, 1);
  z ~ std_normal();
  y ~ poisson_log(alpha + x * beta + tau * z[subject]);
}
