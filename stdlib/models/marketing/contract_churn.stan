// In which month do customers cancel?
//
// Field: marketing
// Data: customer-months of a telephone company with a note whether the contract was cancelled; as in Neslin et al.
//   (2006), "Defection detection", Journal of Marketing Research 43.
// Idea: discrete-time survival is logistic regression of the hazard; the effect of tenure is a random walk over
//   months; Singer and Willett (1993), "It's about time".
// Shows: a smooth baseline by a random walk prior, with K covariates in a matrix.
// Tags: outcome binary; family bernoulli_logit; structure regression, state_space, varying_intercepts.

data {
  int<lower=1> N; // customer-months
  int<lower=2> M; // months of tenure
  int<lower=1> K; // covariates
  array[N] int<lower=1, upper=M> month;
  matrix[N, K] X; // calls to the service line, change of the bill; standardised
  array[N] int<lower=0, upper=1> cancelled;
}
parameters {
  vector[M] baseline; // log odds of cancelling, by month
  real<lower=0> step; // standard deviation of its changes
  vector[K] beta;
}
model {
  step ~ lognormal(-1.8, 0.4);
  baseline[1] ~ normal(-2.5, 1);
  baseline[2:M] ~ normal(baseline[1:M - 1], step);
  beta ~ normal(0, 0.5);
  cancelled ~ bernoulli_logit(baseline[month] + X * beta);
}
