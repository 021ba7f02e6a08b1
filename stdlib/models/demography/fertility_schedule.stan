// At which ages women have children
//
// Field: demography
// Data: for births and women by five-year age group and country; Hoem et al. (1981), "Experiments in modelling
//   recent Danish fertility curves", Demography 18.
// Idea: the rate of births by age is a total times a gamma density of the age since 15.
// Shows: a density used as a curve, parameters by country, counts as an array of arrays.
// Tags: outcome count; family neg_binomial_2; structure nonlinear, hierarchical.

data {
  int<lower=1> C; // countries
  int<lower=1> A; // age groups
  vector<lower=15>[A] age; // middle of the group
  array[C] vector<lower=0>[A] women; // person-years
  array[C, A] int<lower=0> births;
}
parameters {
  real mu; // mean log of the total
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[C] log_total; // log children of a woman
  vector<lower=0>[C] mean_age; // of childbearing, years after 15
  real<lower=0> shape;
  real<lower=0> phi;
}
model {
  mu ~ normal(0.8, 0.2);
  tau ~ normal(0, 0.3);
  log_total ~ normal(mu, tau);
  mean_age ~ normal(13, 1);
  shape ~ normal(6, 1);
  phi ~ gamma(4, 0.1);
  for (c in 1:C) {
    for (a in 1:A) {
      real rate = exp(log_total[c] + gamma_lpdf(age[a] - 15 | shape, shape / mean_age[c]));
      births[c, a] ~ neg_binomial_2(women[c, a] * rate, phi);
    }
  }
}
