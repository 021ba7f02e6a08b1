// Vaccination uptake by school and district
//
// Field: public health
// Data: for vaccinated among eligible children by school and year of school, schools of all districts.
// Idea: shares vary more than binomial within districts, which differ too; an index of deprivation of the district
//   is a predictor at its level.
// Shows: overdispersion by beta_binomial beside varying intercepts, a group-level predictor.
// Tags: outcome bounded; family beta_binomial; structure regression, hierarchical, varying_intercepts.

data {
  int<lower=1> S; // years of school
  int<lower=1> D; // districts
  int<lower=0> N; // school-years
  array[N] int<lower=1, upper=D> district;
  array[N] int<lower=1, upper=S> school_year;
  vector[D] deprivation; // standardised
  array[N] int<lower=0> eligible;
  array[N] int<lower=0> vaccinated;
}
parameters {
  real alpha;
  real beta; // per standard deviation of deprivation
  real<lower=0> tau;
  vector<multiplier=tau>[D] u;
  vector[S - 1] b; // years of school against the first
  real<lower=0> kappa;
}
model {
  vector[N] mu = inv_logit(
      alpha + beta * deprivation[district] + u[district] + append_row(0, b)[school_year]
    );
  alpha ~ normal(1.5, 0.7);
  beta ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  b ~ normal(0, 0.3);
  kappa ~ lognormal(3, 0.7);
  vaccinated ~ beta_binomial(eligible, mu * kappa, (1 - mu) * kappa);
}
