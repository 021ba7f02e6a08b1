// Failures of pumps
//
// Field: reliability
// Data: failures of ten pumps of the Farley 1 nuclear plant and thousands of hours of operation, with whether a pump
//   ran continuously; Gaver and O'Muircheartaigh (1987), "Robust empirical Bayes analyses of event rates".
// Idea: log rates vary between pumps around a level for continuous and one for intermittent operation.
// Shows: a hierarchy of Poisson rates with exposure, non-centred.
// Tags: outcome count; family poisson_log; structure hierarchical, varying_intercepts, regression.

data {
  int<lower=1> N; // pumps
  vector<lower=0>[N] hours; // thousands
  vector<lower=0, upper=1>[N] standby; // operated intermittently?
  array[N] int<lower=0> failures;
}
parameters {
  real alpha; // log failures per 1,000 hours in continuous operation
  real b_standby;
  real<lower=0> tau;
  vector<multiplier=tau>[N] u;
}
model {
  alpha ~ normal(-2, 1.5);
  b_standby ~ normal(0, 1.5);
  tau ~ normal(0, 1);
  u ~ normal(0, tau);
  failures ~ poisson_log(log(hours) + alpha + b_standby * standby + u);
}
generated quantities {
  vector[N] rate = exp(alpha + b_standby * standby + u); // failures per 1,000 hours of each pump
}
