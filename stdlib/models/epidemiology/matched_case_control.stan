// Who of the matched set is the case?
//
// Field: epidemiology
// Data: for sets of one case and its controls, matched on age and sex; Breslow and Day (1980), Statistical Methods
//   in Cancer Research, volume 1, chapter 7.
// Idea: conditional logistic regression: given that one of the set is the case, what is common to the set cancels.
// Shows: categorical_logit over the members of a set, an array of matrices as data.
// Tags: outcome categorical; family categorical_logit; structure regression, choice.

data {
  int<lower=1> S; // sets
  int<lower=2> M; // members of each
  int<lower=1> K; // exposures
  array[S] matrix[M, K] x; // standardised
  array[S] int<lower=1, upper=M> is_case; // which member
}
parameters {
  vector[K] beta; // log odds ratios per standard deviation
}
model {
  beta ~ normal(0, 0.7);
  for (s in 1:S) {
    is_case[s] ~ categorical_logit(x[s] * beta);
  }
}
generated quantities {
  vector[K] odds_ratio = exp(beta);
}
