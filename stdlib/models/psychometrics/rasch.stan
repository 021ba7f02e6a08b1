// The Rasch model of a test
//
// Field: psychometrics
// Data: for right and wrong answers of persons to items, in long form; Rasch (1960), Probabilistic Models for Some
//   Intelligence and Attainment Tests.
// Idea: the log odds of a right answer are ability minus difficulty: crossed effects of persons and items.
// Shows: bernoulli_logit with two index arrays, the scale of the abilities as a parameter.
// Tags: outcome binary; family bernoulli_logit; structure item_response, crossed.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  array[N] int<lower=0, upper=1> right;
}
parameters {
  real<lower=0> tau;
  vector<multiplier=tau>[J] ability;
  vector[I] difficulty;
}
model {
  tau ~ lognormal(0, 0.5);
  ability ~ normal(0, tau);
  difficulty ~ normal(0, 1.5);
  right ~ bernoulli_logit(ability[person] - difficulty[item]);
}
