// Milk through the weeks after calving
//
// Field: agriculture
// Data: weekly or monthly milk yields of cows; Wood (1967), "Algebraic model of the lactation curve in cattle",
//   Nature 216.
// Idea: Wood's curve a t ^ b exp(-c t), linear on the log scale, with a level of each cow.
// Shows: a design matrix shared by all cows, gamma noise by mean and shape.
// Tags: outcome positive; family gamma; structure growth_curve, varying_intercepts, regression.

data {
  int<lower=1> C; // cows
  int<lower=1> W; // test days of each
  array[C] vector<lower=0>[W] milk; // kilograms a day
}
transformed data {
  vector[W] week = linspaced_vector(W, 2, 40);
}
parameters {
  real alpha;
  real<lower=0> b; // of the rise
  real<lower=0> c; // of the fall, per week
  real<lower=0> tau;
  vector<multiplier=tau>[C] u;
  real<lower=0> shape;
}
model {
  vector[W] curve = alpha + b * log(week) - c * week;
  alpha ~ normal(3, 0.2);
  b ~ normal(0.25, 0.1);
  c ~ normal(0.03, 0.01);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau);
  shape ~ gamma(6, 0.1);
  for (i in 1:C) {
    milk[i] ~ gamma(shape, shape / exp(curve + u[i]));
  }
}
generated quantities {
  real peak = b / c; // week
}
