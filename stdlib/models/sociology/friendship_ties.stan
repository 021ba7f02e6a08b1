// Who names whom as a friend?
//
// Field: sociology
// Data: for directed ties among the pupils of a class; Hoff, Raftery and Handcock (2002), "Latent space approaches
//   to social network analysis", Journal of the American Statistical Association 97.
// Idea: ties are likelier between alike and between close positions in an unseen plane; people differ in how many
//   they name and how often they are named.
// Shows: distances between latent positions, sender and receiver effects.
// Tags: outcome binary; family bernoulli_logit; structure network, latent_variable, crossed, varying_intercepts.

data {
  int<lower=2> J; // pupils
  int<lower=0> N; // ordered pairs
  array[N] int<lower=1, upper=J> sender;
  array[N] int<lower=1, upper=J> receiver;
  vector<lower=0, upper=1>[N] same_sex;
  array[N] int<lower=0, upper=1> tie;
}
parameters {
  real alpha;
  real beta;
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[J] a;
  vector<multiplier=tau[2]>[J] b;
  array[J] vector[2] place;
}
model {
  vector[N] eta = alpha + beta * same_sex + a[sender] + b[receiver];
  alpha ~ normal(0.5, 0.7);
  beta ~ normal(0.7, 0.5);
  tau ~ normal(0, 0.7);
  a ~ normal(0, tau[1]);
  b ~ normal(0, tau[2]);
  for (j in 1:J) {
    place[j] ~ normal(0, 0.8);
  }
  for (n in 1:N) {
    eta[n] -= distance(place[sender[n]], place[receiver[n]]);
  }
  tie ~ bernoulli_logit(eta);
}
