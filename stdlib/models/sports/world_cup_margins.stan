// Ratings and goal differences at a world cup
//
// Field: sports
// Data: goal differences of the matches of a tournament and a rating of each team before it, as the 2014 World Cup;
//   Gelman (2014), "Stan goes to the World Cup".
// Idea: ability is a regression on the prior rating plus a deviation; goal differences are t distributed around the
//   difference of abilities, signed square roots against run-away scores.
// Shows: a group-level predictor for teams, paired comparison of a real outcome.
// Tags: outcome real; family student_t; structure paired_comparison, hierarchical, robust.

data {
  int<lower=1> N; // matches
  int<lower=2> T; // teams
  vector[T] rating; // before the tournament, standardised
  array[N] int<lower=1, upper=T> team1;
  array[N] int<lower=1, upper=T> team2;
  vector[N] margin; // signed square root of the goal difference
}
parameters {
  real b;
  real<lower=0> tau;
  vector[T] z;
  real<lower=0> sigma;
}
transformed parameters {
  vector[T] ability = b * rating + tau * z;
}
model {
  b ~ normal(0, 1);
  tau ~ normal(0, 0.5);
  z ~ std_normal();
  sigma ~ normal(0, 1);
  margin ~ student_t(7, ability[team1] - ability[team2], sigma);
}
