// Which of two pictures is preferred?
//
// Field: psychology
// Data: for choices between pairs of pictures; Bradley and Terry (1952), "Rank analysis of incomplete block
//   designs: I. The method of paired comparisons", Biometrika 39; Davidson (1970) on ties.
// Idea: the log odds are a difference of two worths, plus a bias for the left one.
// Shows: one parameter vector indexed twice, ranks by sorting in generated quantities.
// Tags: outcome binary; family bernoulli_logit; structure paired_comparison, choice, hierarchical.

data {
  int<lower=2> I; // pictures
  int<lower=0> N; // comparisons
  array[N] int<lower=1, upper=I> left;
  array[N] int<lower=1, upper=I> right;
  array[N] int<lower=0, upper=1> left_chosen;
}
parameters {
  real bias;
  real<lower=0> tau;
  vector<multiplier=tau>[I] worth;
}
model {
  bias ~ normal(0, 0.3);
  tau ~ normal(0, 1);
  worth ~ normal(0, tau);
  left_chosen ~ bernoulli_logit(bias + worth[left] - worth[right]);
}
generated quantities {
  array[I] int order = sort_indices_desc(worth); // from the best to the worst
}
