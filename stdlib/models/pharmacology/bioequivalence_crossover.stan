// Are two tablets equivalent?
//
// Field: pharmacology
// Data: exposure (area under the curve) of volunteers who take test and reference in two periods, in either order;
//   Jones and Kenward (2014), Design and Analysis of Cross-Over Trials.
// Idea: log exposure with effects of subject, period and formulation; equivalence if the ratio lies within 0.80 and
//   1.25.
// Shows: a design coded in transformed data, the decision as a 0/1 quantity.
// Tags: outcome positive; family lognormal; structure varying_intercepts, experiment, comparison, design.

data {
  int<lower=1> S; // volunteers
  array[S] int<lower=1, upper=2> sequence; // 1: test first, 2: reference first
  array[S] vector<lower=0>[2] auc; // by period
}
transformed data {
  array[S] vector[2] test;
  for (s in 1:S) {
    test[s] = sequence[s] == 1 ? [0.5, -0.5]' : [-0.5, 0.5]';
  }
  vector[2] period = [-0.5, 0.5]';
}
parameters {
  real mu;
  real effect; // log ratio of test to reference
  real b_period;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> sigma;
}
model {
  mu ~ normal(4, 1);
  effect ~ normal(0, 0.3);
  b_period ~ normal(0, 0.2);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  sigma ~ normal(0, 0.3);
  for (s in 1:S) {
    auc[s] ~ lognormal(mu + u[s] + effect * test[s] + b_period * period, sigma);
  }
}
generated quantities {
  real ratio = exp(effect);
  int equivalent = ratio > 0.8 && ratio < 1.25;
}
