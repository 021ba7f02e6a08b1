// Does seeding clouds bring rain?
//
// Field: meteorology
// Data: rain in acre-feet from 52 isolated clouds over Florida, half of them seeded at random with silver iodide;
//   Simpson, Olsen and Eden (1975), "A Bayesian analysis of a multiplicative treatment effect in weather
//   modification".
// Idea: gamma rain whose mean is multiplied by the treatment, the shape in common, as in that paper.
// Shows: a randomised comparison of two groups, the effect as a ratio.
// Tags: outcome positive; family gamma; structure comparison, experiment, causal.

data {
  int<lower=1> N; // clouds
  array[N] int<lower=0, upper=1> seeded;
  vector<lower=0>[N] rain; // acre-feet
}
parameters {
  real log_mean; // log acre-feet of a cloud that is not seeded
  real effect; // log ratio of the means
  real<lower=0> shape;
}
model {
  log_mean ~ normal(5, 1);
  effect ~ normal(0, 1);
  shape ~ lognormal(-0.3, 0.5);
  rain ~ gamma(shape, shape / exp(log_mean + effect * to_vector(seeded)));
}
generated quantities {
  real ratio = exp(effect);
}
