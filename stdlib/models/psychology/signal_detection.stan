// Sensitivity and bias of observers
//
// Field: psychology
// Data: for hits and false alarms of observers; Green and Swets (1966), Signal Detection Theory and Psychophysics.
// Idea: evidence is normal with equal variance; d' is the distance of signal from noise, c the criterion. Both vary
//   by observer; Lee (2008), "BayesSDT".
// Shows: Phi as a link, two binomial likelihoods from the same parameters.
// Tags: outcome bounded; family binomial; structure hierarchical, latent_variable.

data {
  int<lower=1> J; // observers
  array[J] int<lower=0> signals; // trials with a signal
  array[J] int<lower=0> noises; // trials without
  array[J] int<lower=0> hits;
  array[J] int<lower=0> false_alarms;
}
parameters {
  vector[2] mu; // mean d' and criterion
  vector<lower=0>[2] tau;
  vector<offset=mu[1], multiplier=tau[1]>[J] d;
  vector<offset=mu[2], multiplier=tau[2]>[J] c;
}
model {
  mu[1] ~ normal(1.5, 0.5);
  mu[2] ~ normal(0, 0.3);
  tau ~ normal(0, 0.5);
  d ~ normal(mu[1], tau[1]);
  c ~ normal(mu[2], tau[2]);
  hits ~ binomial(signals, Phi(d / 2 - c));
  false_alarms ~ binomial(noises, Phi(-d / 2 - c));
}
