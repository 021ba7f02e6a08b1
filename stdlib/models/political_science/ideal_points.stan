// Where legislators stand
//
// Field: political science
// Data: for yes and no of legislators on bills; Clinton, Jackman and Rivers (2004), "The statistical analysis of
//   roll call data", American Political Science Review 98.
// Idea: a two-parameter item response model of votes; a regression of positions on party sets direction and scale.
// Shows: a latent variable with a predictor, slopes of either sign.
// Tags: outcome binary; family bernoulli_logit; structure item_response, crossed, latent_variable.

data {
  int<lower=1> J; // legislators
  int<lower=1> B; // bills
  int<lower=0> N; // votes
  array[N] int<lower=1, upper=J> legislator;
  array[N] int<lower=1, upper=B> bill;
  vector<lower=-1, upper=1>[J] party;
  array[N] int<lower=0, upper=1> yes;
}
parameters {
  real<lower=0> gamma; // distance of the parties from the centre
  vector[J] deviation;
  vector[B] alpha; // log odds of a yes from the centre
  vector[B] beta; // discrimination
}
transformed parameters {
  vector[J] position = gamma * party + deviation;
}
model {
  gamma ~ normal(1, 0.5);
  deviation ~ std_normal();
  alpha ~ normal(0, 1);
  beta ~ normal(0, 1);
  yes ~ bernoulli_logit(beta[bill] .* position[legislator] + alpha[bill]);
}
