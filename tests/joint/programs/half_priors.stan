// Priors that are symmetric about the bound of their parameter.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  real<lower=0> sigma;
  real<lower=0> tau;
  real m;
  array[2] real<upper=m> below;
}
model {
  m ~ normal(1, 2);
  sigma ~ normal(0, 1.5);
  tau ~ student_t(4, 0, 1);
  below ~ double_exponential(m, tau);
  y ~ normal(mean(below), sigma);
}
