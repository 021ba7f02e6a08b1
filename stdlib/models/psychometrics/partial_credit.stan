// Partial credit for partly right answers
//
// Field: psychometrics
// Data: for points that persons got in items, in long form; Masters (1982), "A Rasch model for partial credit
//   scoring", Psychometrika 47.
// Idea: each step from one point to the next is a Rasch model given that it is one of the two.
// Shows: categorical_logit of cumulative sums, a matrix of steps.
// Tags: outcome ordinal; family categorical_logit; structure item_response, crossed, latent_variable.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=2> K; // categories: 0 to K - 1 points
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  array[N] int<lower=1, upper=K> category; // points + 1
}
parameters {
  real<lower=0> tau;
  vector<multiplier=tau>[J] theta; // ability
  array[I] vector[K - 1] step; // difficulty of each step
}
model {
  tau ~ lognormal(0, 0.4);
  theta ~ normal(0, tau);
  for (i in 1:I) {
    step[i] ~ normal(0, 1);
  }
  for (n in 1:N) {
    category[n] ~ categorical_logit(
      append_row(0, cumulative_sum(theta[person[n]] - step[item[n]]))
    );
  }
}
