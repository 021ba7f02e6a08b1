// Reaction times that start at a minimum
//
// Field: psychology
// Data: for reaction times of a simple task; Heathcote (2004), "Fitting Wald and ex-Wald distributions to response
//   time data", Behavior Research Methods 36; Rouder (2005), "Are unshifted distributional models appropriate for
//   response time?".
// Idea: no answer comes before a shift; beyond it times are lognormal, and persons differ.
// Shows: an upper bound that is computed from the data, a density of a difference.
// Tags: outcome positive; family lognormal; structure hierarchical, varying_intercepts.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // trials
  array[N] int<lower=1, upper=J> subject;
  vector<lower=0>[N] rt; // seconds
}
parameters {
  real<lower=0, upper=min(rt)> shift; // seconds
  real mu;
  real<lower=0> tau;
  vector<multiplier=tau>[J] u;
  real<lower=0> sigma;
}
model {
  shift ~ gamma(20, 100);
  mu ~ normal(-1, 0.3);
  tau ~ normal(0, 0.3);
  u ~ normal(0, tau);
  sigma ~ normal(0.5, 0.1);
  rt - shift ~ lognormal(mu + u[subject], sigma);
}
