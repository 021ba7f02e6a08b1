// "Give her a book" or "give a book to her"?
//
// Field: linguistics
// Data: for the construction chosen in sentences from corpora; Bresnan et al. (2007), "Predicting the dative
//   alternation".
// Idea: length, pronouns and givenness move the odds, verbs have preferences of their own.
// Shows: bernoulli_logit_glm with a varying intercept in the place of a constant one.
// Tags: outcome binary; family bernoulli_logit_glm; structure regression, varying_intercepts, choice.

data {
  int<lower=1> V; // verbs
  int<lower=1> K; // predictors
  int<lower=0> N; // sentences
  array[N] int<lower=1, upper=V> verb;
  matrix[N, K] X; // standardised
  array[N] int<lower=0, upper=1> prepositional;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[V] alpha;
  vector[K] beta;
}
model {
  mu ~ normal(-1, 0.7);
  tau ~ normal(0, 1);
  alpha ~ normal(mu, tau);
  beta ~ normal(0, 0.7);
  prepositional ~ bernoulli_logit_glm(X, alpha[verb], beta);
}
