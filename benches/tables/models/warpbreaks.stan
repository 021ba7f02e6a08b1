// Breaks of yarn: negative binomial, a mean for each wool at each tension.
data {
  int<lower=1> N;
  int<lower=1> J_tension;
  array[N] int<lower=0> y;
  array[N] int<lower=0, upper=1> wool;
  array[N] int<lower=1, upper=J_tension> tension;
}
parameters {
  matrix[2, J_tension] log_mean;
  real<lower=0> phi;
}
model {
  vector[N] eta;
  for (n in 1:N) eta[n] = log_mean[wool[n] + 1, tension[n]];
  to_vector(log_mean) ~ normal(3, 1);
  phi ~ gamma(2, 0.1);
  y ~ neg_binomial_2_log(eta, phi);
}
