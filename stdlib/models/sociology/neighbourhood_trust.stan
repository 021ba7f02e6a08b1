// Trust in neighbours, in blocks of districts
//
// Field: sociology
// Data: for ordinal answers of residents nested in blocks and districts; Sampson, Raudenbush and Earls (1997),
//   "Neighborhoods and violent crime: a multilevel study of collective efficacy", Science 277.
// Idea: answers have a latent scale with levels for blocks and districts, and a predictor at the level of
//   districts.
// Shows: a nested hierarchy, written level by level, under ordered_logistic.
// Tags: outcome ordinal; family ordered_logistic; structure nested, varying_intercepts, regression, survey.

data {
  int<lower=1> D; // districts
  int<lower=1> B; // blocks
  int<lower=2> K; // answers
  int<lower=0> N; // residents
  array[B] int<lower=1, upper=D> district_of;
  array[N] int<lower=1, upper=B> block;
  vector[D] poverty; // standardised
  vector[N] years; // in the neighbourhood, standardised
  array[N] int<lower=1, upper=K> trust;
}
parameters {
  real b_poverty;
  real b_years;
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[D] u;
  vector<multiplier=tau[2]>[B] v;
  ordered[K - 1] cut;
}
model {
  vector[D] level = b_poverty * poverty + u;
  b_poverty ~ normal(0, 0.5);
  b_years ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau[1]);
  v ~ normal(0, tau[2]);
  cut ~ normal(0, 1.5);
  trust ~ ordered_logistic((level[district_of] + v)[block] + b_years * years, cut);
}
