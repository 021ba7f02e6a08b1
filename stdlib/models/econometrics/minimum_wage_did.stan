// Employment before and after a minimum wage
//
// Field: econometrics
// Data: full-time equivalent employment of fast-food restaurants in two states, before and after one of them raised
//   its minimum wage; Card and Krueger (1994), "Minimum wages and employment", American Economic Review 84.
// Idea: difference in differences: the effect is the interaction of state and period, restaurants keep their levels.
// Shows: an interaction of indicators beside varying intercepts, heavy tails by student_t.
// Tags: outcome real; family student_t; structure regression, interaction, varying_intercepts, robust, causal.

data {
  int<lower=1> N; // observations
  int<lower=1> S; // restaurants
  array[N] int<lower=1, upper=S> store;
  vector<lower=0, upper=1>[N] treated; // in the state that raised its minimum?
  vector<lower=0, upper=1>[N] after; // observed after the rise?
  vector[N] employment; // full-time equivalents
}
parameters {
  real alpha; // untreated, before
  real b_treated;
  real b_after;
  real effect; // what the rise did
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> sigma;
  real<lower=2> nu;
}
model {
  alpha ~ normal(20, 5);
  b_treated ~ normal(0, 5);
  b_after ~ normal(0, 3);
  effect ~ normal(0, 3);
  tau ~ normal(0, 5);
  u ~ normal(0, tau);
  sigma ~ normal(0, 5);
  nu ~ gamma(2, 0.1);
  employment ~ student_t(
    nu,
    alpha + b_treated * treated + b_after * after + effect * treated .* after + u[store],
    sigma
  );
}
