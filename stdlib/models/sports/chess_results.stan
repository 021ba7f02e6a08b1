// Win, draw or loss at chess
//
// Field: sports
// Data: results of games between masters with white's and black's player; Glickman and Jones (1999), "Rating the
//   chess rating system", Chance 12.
// Idea: paired comparison with ties by thresholds on the difference of strengths; Rao and Kupper (1967), "Ties in
//   paired-comparison experiments: a generalization of the Bradley-Terry model".
// Shows: an ordered logit whose two cut points follow from the draw margin and the advantage of white.
// Tags: outcome ordinal; family ordered_logistic; structure paired_comparison, hierarchical.

data {
  int<lower=1> N; // games
  int<lower=2> P; // players
  array[N] int<lower=1, upper=P> white;
  array[N] int<lower=1, upper=P> black;
  array[N] int<lower=1, upper=3> result; // for white: 1 loss, 2 draw, 3 win
}
parameters {
  real<lower=0> tau;
  vector<multiplier=tau>[P] strength;
  real advantage; // of white
  real<lower=0> margin; // how much better one must be to win
}
model {
  vector[2] cut = [-margin - advantage, margin - advantage]';
  tau ~ normal(0, 1);
  strength ~ normal(0, tau);
  advantage ~ normal(0.2, 0.2);
  margin ~ normal(0.7, 0.3);
  result ~ ordered_logistic(strength[white] - strength[black], cut);
}
