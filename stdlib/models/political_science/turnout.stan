// Turnout by district
//
// Field: political science
// Data: for the share of voters who vote, by district, with the margin of the last race; Blais (2006), "What
//   affects voter turnout?", Annual Review of Political Science 9.
// Idea: shares lie between zero and one: beta regression with a mean and a precision that depend on predictors;
//   Ferrari and Cribari-Neto (2004), "Beta regression for modelling rates and proportions".
// Shows: beta_proportion with two linear predictors, varying intercepts of regions.
// Tags: outcome bounded; family beta_proportion; structure regression, heteroskedastic, varying_intercepts.

data {
  int<lower=0> D; // districts
  int<lower=1> R; // regions
  array[D] int<lower=1, upper=R> region;
  vector[D] margin; // standardised
  vector[D] log_voters; // standardised
  vector<lower=0, upper=1>[D] turnout;
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[R] u;
  vector[2] gamma; // log precision: intercept, slope on log voters
}
model {
  alpha ~ normal(0.5, 0.5);
  beta ~ normal(0, 0.3);
  tau ~ normal(0, 0.3);
  u ~ normal(0, tau);
  gamma[1] ~ normal(3.5, 0.5);
  gamma[2] ~ normal(0, 0.3);
  turnout ~ beta_proportion(
    inv_logit(alpha + beta * margin + u[region]),
    exp(gamma[1] + gamma[2] * log_voters)
  );
}
