// Diabetes in Pima women: logistic in all seven measurements, standardised.
data {
  int<lower=1> N;
  array[N] int<lower=0, upper=1> y;
  vector[N] npreg;
  vector[N] glu;
  vector[N] bp;
  vector[N] skin;
  vector[N] bmi;
  vector[N] ped;
  vector[N] age;
}
transformed data {
  matrix[N, 7] x = [npreg', glu', bp', skin', bmi', ped', age']';
  for (k in 1:7) x[:, k] = (x[:, k] - mean(x[:, k])) / sd(x[:, k]);
}
parameters {
  real alpha;
  vector[7] beta;
}
model {
  alpha ~ normal(0, 2);
  beta ~ normal(0, 1);
  y ~ bernoulli_logit(alpha + x * beta);
}
