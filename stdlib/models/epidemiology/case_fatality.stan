// Case fatality by age, which only rises
//
// Field: epidemiology
// Data: for deaths among cases by age group and country.
// Idea: risk rises with age, but not along a line: the steps between age groups are a simplex times the whole rise;
//   Burkner and Charpentier (2020), "Modelling monotonic effects of ordinal predictors in Bayesian regression
//   models".
// Shows: a monotone effect by the cumulative sum of a simplex, binomial counts, varying intercepts.
// Tags: outcome bounded; family binomial_logit; structure regression, monotone, varying_intercepts.

data {
  int<lower=2> A; // age groups
  int<lower=1> C; // countries
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=A> age;
  array[N] int<lower=1, upper=C> country;
  array[N] int<lower=0> cases;
  array[N] int<lower=0> deaths;
}
parameters {
  real alpha; // logit in the youngest group
  real<lower=0> rise; // from the youngest to the oldest, on the logit scale
  simplex[A - 1] share; // of the rise, by step
  real<lower=0> tau;
  vector<multiplier=tau>[C] u;
}
transformed parameters {
  vector[A] climb = append_row(0, rise * cumulative_sum(share));
}
model {
  alpha ~ normal(-6, 0.7);
  rise ~ normal(4, 1);
  share ~ dirichlet(rep_vector(2, A - 1));
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  deaths ~ binomial_logit(cases, alpha + climb[age] + u[country]);
}
