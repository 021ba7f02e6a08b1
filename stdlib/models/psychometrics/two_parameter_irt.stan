// Items that discriminate more or less
//
// Field: psychometrics
// Data: for right and wrong answers of persons to items, in long form; Birnbaum (1968), in Lord and Novick,
//   Statistical Theories of Mental Test Scores.
// Idea: the two-parameter logistic model: each item has a slope; the abilities are standard normal, which sets the
//   scale.
// Shows: positive slopes with a hierarchical lognormal prior, products of indexed vectors.
// Tags: outcome binary; family bernoulli_logit; structure item_response, crossed, latent_variable.

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
  real mu_b;
  real<lower=0> tau_b;
  vector<offset=mu_b, multiplier=tau_b>[I] b; // difficulty
  real<lower=0> tau_a;
  vector<lower=0>[I] a; // discrimination
}
model {
  theta ~ std_normal();
  mu_b ~ normal(0, 1);
  tau_b ~ lognormal(0, 0.3);
  b ~ normal(mu_b, tau_b);
  tau_a ~ lognormal(-1, 0.4);
  a ~ lognormal(0, tau_a);
  right ~ bernoulli_logit(a[item] .* (theta[person] - b[item]));
}
