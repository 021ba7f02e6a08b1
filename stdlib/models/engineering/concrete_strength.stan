// The strength of concrete
//
// Field: engineering
// Data: compressive strength of concrete cylinders with the ratio of water to cement and their age, by batch; Yeh
//   (1998), "Modeling of strength of high-performance concrete using artificial neural networks".
// Idea: strength falls exponentially with the water-cement ratio (Abrams' law) and grows with the logarithm of age.
// Shows: gamma regression by mean and shape with varying intercepts, all effects multiplicative.
// Tags: outcome positive; family gamma; structure regression, varying_intercepts.

data {
  int<lower=1> N; // cylinders
  int<lower=1> B; // batches
  array[N] int<lower=1, upper=B> batch;
  vector<lower=0.3, upper=0.8>[N] ratio; // water over cement, by mass
  vector<lower=3, upper=90>[N] age; // days
  vector<lower=0>[N] strength; // megapascals
}
parameters {
  real alpha; // log strength at ratio 0.5 after 28 days
  real b_ratio;
  real b_age;
  real<lower=0> tau;
  vector<multiplier=tau>[B] u;
  real<lower=0> shape;
}
model {
  vector[N] mu = exp(alpha + b_ratio * (ratio - 0.5) + b_age * log(age / 28) + u[batch]);
  alpha ~ normal(3.6, 0.3);
  b_ratio ~ normal(-2, 1);
  b_age ~ normal(0.25, 0.1);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau);
  shape ~ gamma(4, 0.1);
  strength ~ gamma(shape, shape / mu);
}
