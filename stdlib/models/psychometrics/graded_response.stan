// Ratings of agreement by graded responses
//
// Field: psychometrics
// Data: for ordered ratings of statements by persons, in long form; Samejima (1969), "Estimation of latent ability
//   using a response pattern of graded scores", Psychometrika Monograph 17.
// Idea: each item has its own cutpoints on the latent scale and its own slope. The prior of the cutpoints is
//   sampled by NUTS in a simulation.
// Shows: an array of ordered vectors, ordered_logistic vectorised over cutpoints too.
// Tags: outcome ordinal; family ordered_logistic; structure item_response, crossed, latent_variable.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=2> K; // categories
  int<lower=0> N; // ratings
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  array[N] int<lower=1, upper=K> rating;
}
parameters {
  vector[J] theta; // attitude
  vector<lower=0>[I] a; // discrimination
  array[I] ordered[K - 1] cut;
}
model {
  theta ~ std_normal();
  a ~ lognormal(0.3, 0.4);
  for (i in 1:I) {
    cut[i] ~ normal(0, 2);
  }
  rating ~ ordered_logistic(a[item] .* theta[person], cut[item]);
}
