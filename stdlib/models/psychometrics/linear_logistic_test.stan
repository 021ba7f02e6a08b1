// What makes items difficult
//
// Field: psychometrics
// Data: for right and wrong answers, and the operations that each item needs; Fischer (1973), "The linear logistic
//   test model as an instrument in educational research", Acta Psychologica 37.
// Idea: difficulty is a regression on properties of the item, with a residual; de Boeck and Wilson (2004),
//   Explanatory Item Response Models.
// Shows: a group-level regression for one of two crossed factors.
// Tags: outcome binary; family bernoulli_logit; structure item_response, crossed, regression, hierarchical.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=1> K; // properties of items
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  matrix[I, K] W; // properties, standardised
  array[N] int<lower=0, upper=1> right;
}
parameters {
  real mu; // mean difficulty
  vector[K] gamma;
  vector<lower=0>[2] tau; // persons, residuals of items
  vector<multiplier=tau[1]>[J] theta;
  vector<multiplier=tau[2]>[I] epsilon;
}
transformed parameters {
  vector[I] difficulty = mu + W * gamma + epsilon;
}
model {
  mu ~ normal(0, 1);
  gamma ~ normal(0, 0.7);
  tau ~ normal(0, 1);
  theta ~ normal(0, tau[1]);
  epsilon ~ normal(0, tau[2]);
  right ~ bernoulli_logit(theta[person] - difficulty[item]);
}
