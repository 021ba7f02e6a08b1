// The season's best, and when records fall
//
// Field: sports
// Data: the best long jump of the world in each year; Robinson and Tawn (1995), "Statistics for exceptional
//   athletics records", Applied Statistics 44, does so for a running event.
// Idea: a best of many is an extreme value, here Gumbel, whose location improves towards a limit.
// Shows: a curve that saturates, the chance of a record next year by simulation.
// Tags: outcome real; family gumbel; structure trend, growth_curve.

data {
  int<lower=1> T; // years
  vector[T] best; // metres
}
transformed data {
  vector[T] year = linspaced_vector(T, 0, T - 1);
}
parameters {
  real start; // location in the first year, metres
  real<lower=0> gain; // what is won in the long run
  real<lower=0> rate; // of the improvement, per decade
  real<lower=0> scale;
}
model {
  start ~ normal(8.2, 0.2);
  gain ~ normal(0, 0.5);
  rate ~ lognormal(-0.5, 0.5);
  scale ~ lognormal(-2.3, 0.4);
  best ~ gumbel(start + gain * (1 - exp(-rate * year / 10)), scale);
}
generated quantities {
  int record = gumbel_rng(start + gain * (1 - exp(-rate * T / 10)), scale)
      > max(best); // next year?
}
