// How many faults are left in a program?
//
// Field: reliability
// Data: faults found in each week of testing and the hours spent on it, as the data sets of Musa (1979), Software
//   Reliability Data.
// Idea: faults are found in proportion to those that are left; Goel and Okumoto (1979), "Time-dependent
//   error-detection rate model for software reliability and other performance measures".
// Shows: increments of a saturating curve as Poisson means, the remaining faults drawn in generated quantities.
// Tags: outcome count; family poisson; structure growth_curve, decay.

data {
  int<lower=1> T; // weeks
  vector<lower=0>[T] effort; // hours of testing, in units of their mean
  array[T] int<lower=0> found;
}
transformed data {
  vector[T + 1] total = append_row(0, cumulative_sum(effort)) / T; // 1 is about the whole test
}
parameters {
  real<lower=0> faults; // expected in all
  real<lower=0> rate; // of detection, per whole test
}
transformed parameters {
  vector[T + 1] share = 1 - exp(-rate * total); // of the faults that have been found
}
model {
  faults ~ lognormal(5, 0.5);
  rate ~ lognormal(0.5, 0.5);
  found ~ poisson(faults * (share[2:T + 1] - share[1:T]) + 1e-9);
}
generated quantities {
  int left = poisson_rng(faults * (1 - share[T + 1]));
}
