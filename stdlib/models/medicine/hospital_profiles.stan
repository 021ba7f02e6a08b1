// Are some hospitals worse?
//
// Field: medicine
// Data: deaths after cardiac surgery of babies in twelve hospitals; BUGS Examples volume 1, Surgical: institutional
//   ranking; on league tables see Spiegelhalter, Abrams and Myles (2004), Bayesian Approaches to Clinical Trials
//   and Health-Care Evaluation.
// Idea: hospitals differ less than their raw rates; ranks are uncertain, and their distribution shows it.
// Shows: ranks computed from draws in generated quantities, binomial counts with varying intercepts.
// Tags: outcome bounded; family binomial_logit; structure hierarchical, ranking, varying_intercepts.

data {
  int<lower=1> H; // hospitals
  array[H] int<lower=0> cases;
  array[H] int<lower=0> deaths;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[H] logit_risk;
}
model {
  mu ~ normal(-2.5, 0.5);
  tau ~ normal(0, 0.5);
  logit_risk ~ normal(mu, tau);
  deaths ~ binomial_logit(cases, logit_risk);
}
generated quantities {
  array[H] int place; // 1: lowest risk
  for (h in 1:H) {
    place[h] = rank(logit_risk, h) + 1;
  }
}
