// Presence of H. influenzae in children: logistic with a varying intercept of children; treatment, and a step after week 2.
data {
  int<lower=1> N;
  int<lower=1> J_ID;
  int<lower=1> J_trt;
  array[N] int<lower=0, upper=1> y;
  vector[N] week;
  array[N] int<lower=1, upper=J_trt> trt;
  array[N] int<lower=1, upper=J_ID> ID;
}
transformed data {
  vector[N] late;
  for (n in 1:N) late[n] = week[n] > 2;
}
parameters {
  vector[J_trt] alpha;
  real beta;
  real<lower=0> tau;
  vector[J_ID] z;
}
model {
  alpha ~ normal(1, 2);
  beta ~ normal(0, 1.5);
  tau ~ normal(0, 1.5);
  z ~ std_normal();
  y ~ bernoulli_logit(alpha[trt] + beta * late + tau * z[ID]);
}
