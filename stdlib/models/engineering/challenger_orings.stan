// Cold weather and the O-rings of the space shuttle
//
// Field: engineering
// Data: joint temperature at launch and whether any primary O-ring of the boosters showed thermal distress, 23
//   flights before the last of Challenger; Dalal, Fowlkes and Hoadley (1989), "Risk analysis of the space shuttle".
// Idea: logistic regression, and what it says of 31 degrees Fahrenheit, the temperature of that morning.
// Shows: bernoulli_logit, a prediction outside the range of the data.
// Tags: outcome binary; family bernoulli_logit; structure regression, dose_response.

data {
  int<lower=1> N; // flights
  vector[N] fahrenheit; // degrees at the joints
  array[N] int<lower=0, upper=1> damage;
}
transformed data {
  vector[N] x = (fahrenheit - 70) / 10;
}
parameters {
  real alpha; // log odds at 70 degrees
  real beta; // per 10 degrees
}
model {
  alpha ~ normal(-1, 1.5);
  beta ~ normal(0, 1);
  damage ~ bernoulli_logit(alpha + beta * x);
}
generated quantities {
  real risk_31 = inv_logit(alpha + beta * (31 - 70) / 10);
}
