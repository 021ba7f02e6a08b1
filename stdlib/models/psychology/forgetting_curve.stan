// What is remembered after some days
//
// Field: psychology
// Data: for items recalled out of a list after increasing delays; Ebbinghaus (1885), Ueber das Gedaechtnis; Wixted
//   and Ebbesen (1991), "On the form of forgetting", Psychological Science 2.
// Idea: a power of time with a rate for each person.
// Shows: a matrix of binomial counts, one row at a time, positive parameters with a hierarchical lognormal prior.
// Tags: outcome bounded; family binomial; structure decay, nonlinear, hierarchical.

data {
  int<lower=1> J; // persons
  int<lower=1> T; // delays
  vector<lower=0>[T] days;
  int<lower=1> items; // in the list
  array[J, T] int<lower=0, upper=items> recalled;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<lower=0>[J] rate;
  real<lower=0, upper=1> start; // share recalled without delay
}
model {
  mu ~ normal(-1, 0.4);
  tau ~ normal(0, 0.4);
  rate ~ lognormal(mu, tau);
  start ~ beta(18, 2);
  for (j in 1:J) {
    recalled[j] ~ binomial(items, start * pow(1 + days, -rate[j]));
  }
}
