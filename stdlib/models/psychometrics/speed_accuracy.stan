// Accuracy and speed of answers
//
// Field: psychometrics
// Data: for right and wrong answers and the seconds they took, in long form; van der Linden (2007), "A hierarchical
//   framework for modeling speed and accuracy on test items", Psychometrika 72.
// Idea: every person has an ability and a speed, which are correlated: two models joined at the second level.
// Shows: multi_normal_cholesky for pairs, two likelihoods of different kinds.
// Tags: outcome binary, positive; family bernoulli_logit, lognormal; structure item_response, crossed.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> item;
  array[N] int<lower=0, upper=1> right;
  vector<lower=0>[N] seconds;
}
parameters {
  vector<lower=0>[2] tau;
  cholesky_factor_corr[2] L;
  array[J] vector[2] person_effect; // ability, speed
  vector[I] difficulty;
  vector[I] intensity; // log seconds of an average person
  real<lower=0> sigma;
}
model {
  vector[N] ability;
  vector[N] speed;
  tau[1] ~ normal(1, 0.3);
  tau[2] ~ normal(0, 0.3);
  L ~ lkj_corr_cholesky(2);
  person_effect ~ multi_normal_cholesky(rep_vector(0, 2), diag_pre_multiply(tau, L));
  difficulty ~ normal(0, 1);
  intensity ~ normal(3.5, 0.5);
  sigma ~ normal(0.4, 0.1);
  for (n in 1:N) {
    ability[n] = person_effect[person[n], 1];
    speed[n] = person_effect[person[n], 2];
  }
  right ~ bernoulli_logit(ability - difficulty[item]);
  seconds ~ lognormal(intensity[item] - speed, sigma);
}
generated quantities {
  real rho = L[2, 1]; // correlation of ability and speed
}
