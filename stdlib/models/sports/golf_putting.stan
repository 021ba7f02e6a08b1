// Putts that go in
//
// Field: sports
// Data: putts tried and made by professional golfers at 2 to 20 feet; Berry (1996), Statistics: A Bayesian
//   Perspective, as used by Gelman and Nolan (2002), "A probability model for golf putting".
// Idea: a putt goes in when its angle is within asin((R - r) / x) of the line; angles err normally.
// Shows: a model from geometry with a single parameter, Phi, and a likelihood for binomial counts.
// Tags: outcome bounded; family binomial; structure nonlinear.

data {
  int<lower=0> N; // distances
  vector<lower=0>[N] feet;
  array[N] int<lower=0> tries;
  array[N] int<lower=0> made;
}
transformed data {
  real r = 1.68 / 2 / 12; // radius of the ball, feet
  real R = 4.25 / 2 / 12; // radius of the hole, feet
  vector[N] threshold = asin((R - r) ./ feet);
}
parameters {
  real<lower=0> sigma; // standard deviation of the angle, radians
}
transformed parameters {
  real sigma_degrees = sigma * 180 / pi();
}
model {
  sigma ~ normal(0, 0.1);
  made ~ binomial(tries, 2 * Phi(threshold / sigma) - 1);
}
