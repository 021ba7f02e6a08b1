// Heights of recruits when the short were sent home
//
// Field: history
// Data: heights of recruits by year of birth, from muster rolls with a minimum height; Komlos (2004), "How to (and
//   how not to) analyze deficient height samples", Historical Methods 37.
// Idea: a normal distribution cut off at the minimum requirement; means of birth cohorts are a random walk.
// Shows: truncated regression by T[minimum, ], a smooth time effect.
// Tags: outcome real; family normal; structure truncation, state_space, regression.

data {
  int<lower=1> N; // recruits
  int<lower=1> C; // birth cohorts, decades
  real minimum; // height required, centimetres
  array[N] int<lower=1, upper=C> cohort;
  array[N] int<lower=0, upper=1> rural;
  vector<lower=minimum>[N] height; // centimetres
}
parameters {
  real<lower=0> step;
  vector[C] mu; // mean height of townsmen of a cohort
  real b_rural;
  real<lower=0> sigma;
}
model {
  step ~ normal(0, 0.7);
  mu[1] ~ normal(168, 2);
  mu[2:C] ~ normal(mu[1:C - 1], step);
  b_rural ~ normal(0, 1);
  sigma ~ normal(6.5, 0.5);
  for (n in 1:N) {
    height[n] ~ normal(mu[cohort[n]] + b_rural * rural[n], sigma) T[minimum,];
  }
}
