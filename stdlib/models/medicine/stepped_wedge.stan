// Wards that change to the new treatment one after another
//
// Field: medicine
// Data: for infections among patients by ward and period, in a stepped-wedge trial; Hussey and Hughes (2007),
//   "Design and analysis of stepped wedge cluster randomized trials", Contemporary Clinical Trials 28.
// Idea: all wards end with the treatment; calendar time and ward are both accounted for.
// Shows: fixed effects of periods, varying intercepts and treatment effects of clusters.
// Tags: outcome bounded; family binomial_logit; structure experiment, crossed, varying_intercepts, varying_slopes.

data {
  int<lower=1> C; // wards
  int<lower=2> T; // periods
  int<lower=0> N; // ward-periods
  array[N] int<lower=1, upper=C> cluster;
  array[N] int<lower=1, upper=T> period;
  vector<lower=0, upper=1>[N] treated;
  array[N] int<lower=0> patients;
  array[N] int<lower=0> infected;
}
parameters {
  vector[T] alpha; // logit in each period
  real beta;
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[C] u;
  vector<multiplier=tau[2]>[C] v;
}
model {
  alpha ~ normal(-1.5, 0.5);
  beta ~ normal(0, 0.5);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau[1]);
  v ~ normal(0, tau[2]);
  infected ~ binomial_logit(patients, alpha[period] + u[cluster] + (beta + v[cluster]) .* treated);
}
