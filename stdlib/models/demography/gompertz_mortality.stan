// Mortality doubles every eight years of age
//
// Field: demography
// Data: for deaths and person-years by age and cohort; Gompertz (1825), "On the nature of the function expressive
//   of the law of human mortality", Philosophical Transactions; Makeham (1860) added the constant.
// Idea: the hazard is a constant plus an exponential of age; cohorts differ in the level at age 40.
// Shows: Poisson counts with a sum of two rates as mean, exposures as factors.
// Tags: outcome count; family poisson; structure nonlinear, hierarchical.

data {
  int<lower=1> C; // cohorts
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=C> cohort;
  vector<lower=0>[N] age; // years
  vector<lower=0>[N] exposure; // person-years
  array[N] int<lower=0> deaths;
}
parameters {
  real<lower=0> makeham; // accidents, deaths in 1,000 person-years
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[C] level; // log deaths in 1,000 person-years at age 40
  real<lower=0> slope; // per year of age
}
model {
  makeham ~ exponential(2);
  mu ~ normal(1, 0.4);
  tau ~ normal(0, 0.3);
  level ~ normal(mu, tau);
  slope ~ normal(0.09, 0.01);
  deaths ~ poisson(exposure / 1000 .* (makeham + exp(level[cohort] + slope * (age - 40))));
}
generated quantities {
  real doubling = log(2) / slope; // years of age
}
