// Support for a candidate from many polls
//
// Field: political science
// Data: for polls of several institutes over a campaign; Jackman (2005), "Pooling the polls over an election
//   campaign", Australian Journal of Political Science 40.
// Idea: support does a random walk from day to day; institutes have house effects that sum to zero.
// Shows: a state-space model for binomial counts, the walk as cumulative sum of steps.
// Tags: outcome bounded; family binomial_logit; structure state_space, trend, survey, varying_intercepts.

data {
  int<lower=1> T; // days
  int<lower=1> H; // institutes
  int<lower=0> P; // polls
  array[P] int<lower=1, upper=T> day;
  array[P] int<lower=1, upper=H> house;
  array[P] int<lower=0> n; // people asked
  array[P] int<lower=0> support;
}
parameters {
  real start; // logit on the first day
  real<lower=0> sigma; // of a day's step
  vector[T - 1] step;
  real<lower=0> tau;
  vector[H - 1] z;
}
transformed parameters {
  vector[T] x = start + sigma * append_row(0, cumulative_sum(step));
  vector[H] house_effect = tau * append_row(z, -sum(z));
}
model {
  start ~ normal(0, 0.2);
  sigma ~ lognormal(-4, 0.5);
  step ~ std_normal();
  tau ~ normal(0, 0.05);
  z ~ std_normal();
  support ~ binomial_logit(n, x[day] + house_effect[house]);
}
generated quantities {
  real final_support = inv_logit(x[T]);
}
