// Does confidence carry the effect of a training?
//
// Field: sociology
// Data: for people out of work, some of whom took part in a workshop, their confidence and later their distress;
//   design as in Vinokur, Price and Schul (1995), "Impact of the JOBS intervention on unemployed workers", American
//   Journal of Community Psychology 23.
// Idea: the effect is direct, and indirect by way of the mediator; the indirect one is a product of two
//   coefficients; Baron and Kenny (1986), "The moderator-mediator variable distinction".
// Shows: two linked regressions, derived effects in generated quantities.
// Tags: outcome real, multivariate; family normal; structure regression, causal, experiment.

data {
  int<lower=0> N; // people
  vector<lower=0, upper=1>[N] treated;
  vector[N] hardship; // economic, standardised
  vector[N] confidence; // afterwards, standardised
  vector[N] distress; // half a year later, standardised
}
parameters {
  vector[2] alpha;
  real a; // treatment on confidence
  real b; // confidence on distress
  real c; // treatment on distress, otherwise
  vector[2] beta; // hardship
  vector<lower=0>[2] sigma;
}
model {
  alpha ~ normal(0, 0.5);
  a ~ normal(0, 0.5);
  b ~ normal(0, 0.5);
  c ~ normal(0, 0.5);
  beta ~ normal(0, 0.5);
  sigma ~ normal(0.8, 0.2);
  confidence ~ normal(alpha[1] + a * treated + beta[1] * hardship, sigma[1]);
  distress ~ normal(alpha[2] + b * confidence + c * treated + beta[2] * hardship, sigma[2]);
}
generated quantities {
  real indirect = a * b;
  real total = a * b + c;
}
