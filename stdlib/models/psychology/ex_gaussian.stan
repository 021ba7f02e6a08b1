// Reaction times with an exponential tail
//
// Field: psychology
// Data: for reaction times in an easy and a hard condition; Luce (1986), Response Times: Their Role in Inferring
//   Elementary Mental Organization.
// Idea: a normal stage and an exponential one; difficulty lengthens the tail more than it moves the bulk.
// Shows: exp_mod_normal with linear predictors for the mean and for the log rate.
// Tags: outcome real; family exp_mod_normal; structure regression, experiment, varying_intercepts, heteroskedastic.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // trials
  array[N] int<lower=1, upper=J> subject;
  vector<lower=0, upper=1>[N] hard;
  vector[N] rt; // seconds
}
parameters {
  real alpha; // mean of the normal stage, seconds
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[J] u;
  real<lower=0> sigma;
  vector[2] gamma; // log mean of the tail, and its change
}
model {
  alpha ~ normal(0.45, 0.05);
  beta ~ normal(0.03, 0.03);
  tau ~ normal(0, 0.05);
  u ~ normal(0, tau);
  sigma ~ normal(0.05, 0.02);
  gamma[1] ~ normal(-2, 0.3);
  gamma[2] ~ normal(0.3, 0.3);
  rt ~ exp_mod_normal(alpha + beta * hard + u[subject], sigma, exp(-gamma[1] - gamma[2] * hard));
}
