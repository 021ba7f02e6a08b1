// Multiple choice, with guessing
//
// Field: psychometrics
// Data: for right and wrong answers to multiple-choice items, in long form; Birnbaum (1968), in Lord and Novick,
//   Statistical Theories of Mental Test Scores.
// Idea: whoever does not know the answer may guess it: the three-parameter logistic model.
// Shows: a probability that is a mixture of one and a logistic curve, bounded parameters of items.
// Tags: outcome binary; family bernoulli; structure item_response, crossed, mixture.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  array[N] int<lower=0, upper=1> right;
}
parameters {
  vector[J] theta; // ability
  vector[I] b; // difficulty
  vector<lower=0>[I] a; // discrimination
  vector<lower=0, upper=1>[I] guess; // probability of guessing right
}
model {
  theta ~ std_normal();
  b ~ normal(0, 1);
  a ~ lognormal(0.3, 0.3);
  guess ~ beta(5, 15);
  right ~ bernoulli(
    guess[item] + (1 - guess[item]) .* inv_logit(a[item] .* (theta[person] - b[item]))
  );
}
