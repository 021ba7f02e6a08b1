// Do two groups differ?
//
// Field: psychology
// Data: for scores of two groups; Kruschke (2013), "Bayesian estimation supersedes the t test", Journal of
//   Experimental Psychology: General 142.
// Idea: each group has a mean and a spread, noise may have heavy tails; the effect is a difference and an effect
//   size.
// Shows: parameters by group, student_t noise with unknown degrees of freedom, an effect size.
// Tags: outcome real; family student_t; structure comparison, robust, heteroskedastic.

data {
  int<lower=0> N; // persons
  array[N] int<lower=1, upper=2> group;
  vector[N] y; // IQ points
}
parameters {
  vector[2] mu;
  vector<lower=0>[2] sigma;
  real<lower=0> nu_minus_one;
}
model {
  mu ~ normal(100, 10);
  sigma ~ lognormal(2.5, 0.4);
  nu_minus_one ~ exponential(1.0 / 29);
  y ~ student_t(nu_minus_one + 1, mu[group], sigma[group]);
}
generated quantities {
  real difference = mu[1] - mu[2];
  real effect_size = difference / sqrt(mean(square(sigma)));
}
