// Pupils who belong to two schools
//
// Field: education
// Data: for pupils some of whom changed school, with the share of time in each; Hill and Goldstein (1998),
//   "Multilevel modeling of educational data with cross-classification and missing identification for units".
// Idea: multiple membership: the effect on a pupil is the weighted mean of the effects of his schools.
// Shows: one vector of effects indexed twice, with weights from the data.
// Tags: outcome real; family normal; structure regression, varying_intercepts.

data {
  int<lower=1> S; // schools
  int<lower=0> N; // pupils
  array[N] int<lower=1, upper=S> first; // school at the start
  array[N] int<lower=1, upper=S> second; // school at the end
  vector<lower=0, upper=1>[N] share; // of the time in the first one
  vector[N] before; // standardised
  vector[N] score; // standardised
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 0.5);
  beta ~ normal(0.6, 0.3);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  sigma ~ normal(0.7, 0.2);
  score ~ normal(alpha + beta * before + share .* u[first] + (1 - share) .* u[second], sigma);
}
