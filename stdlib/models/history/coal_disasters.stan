// When did coal mining become safer?
//
// Field: history
// Data: explosions in British coal mines that killed ten or more, 1851-1962, by year; Jarrett (1979), "A note on
//   the intervals between coal-mining disasters", Biometrika 66 (coal, R package boot).
// Idea: one unknown year at which the Poisson rate changes.
// Shows: a discrete parameter summed out, with its posterior recovered in generated quantities.
// Tags: outcome count; structure change_point.

data {
  int<lower=1> T; // years
  int first_year;
  array[T] int<lower=0> disasters;
}
transformed data {
  array[T] int before = cumulative_sum(disasters); // disasters up to and including year t
  vector[T] years = linspaced_vector(T, 1, T);
}
parameters {
  real<lower=0> early; // disasters a year up to the change
  real<lower=0> late; // and after it
}
transformed parameters {
  // lp[t]: log joint of the data and of a change after year t; constants of the counts drop out
  vector[T] lp = -log(T)
      + to_vector(before) * log(early)
      - years * early
      + (before[T] - to_vector(before)) * log(late)
      - (T - years) * late;
}
model {
  early ~ exponential(0.5);
  late ~ exponential(0.5);
  target += log_sum_exp(lp);
}
generated quantities {
  int last_early_year = first_year - 1 + categorical_logit_rng(lp);
}
