// How often are words repeated?
//
// Field: linguistics
// Data: for the number of times each word of a text occurs in it; Simon (1955), "On a class of skew distribution
//   functions", Biometrika 42; Zipf (1935), The Psycho-Biology of Language.
// Idea: if new words come at a constant rate and old ones in proportion to their use, frequencies follow the
//   Yule-Simon distribution.
// Shows: yule_simon for counts from one on, the rate of new words from its exponent.
// Tags: outcome count; family yule_simon; structure comparison.

data {
  int<lower=0> N; // different words
  array[N] int<lower=1> count;
}
parameters {
  real<lower=0> excess;
}
transformed parameters {
  real rho = 1 + excess; // exponent
}
model {
  excess ~ lognormal(-0.5, 0.5);
  count ~ yule_simon(rho);
}
generated quantities {
  real new_words = 1 - 1 / rho; // share of words that are new
}
