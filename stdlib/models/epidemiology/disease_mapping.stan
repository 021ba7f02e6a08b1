// A map of relative risks
//
// Field: epidemiology
// Data: for observed and expected cases in districts with their neighbours; Leroux, Lei and Breslow (2000),
//   "Estimation of disease rates in small areas: a new mixed model for spatial dependence".
// Idea: log relative risks are normal with a precision between that of independence and that of an intrinsic
//   autoregression on the map, so the prior is proper.
// Shows: a precision matrix from an adjacency matrix, multi_normal_prec, Poisson counts with expected cases as
//   offset.
// Tags: outcome count; family poisson_log; structure spatial, regression, latent_variable.

data {
  int<lower=1> R; // districts
  matrix<lower=0, upper=1>[R, R] adjacent;
  vector<lower=0>[R] expected; // cases, from rates of the whole country
  array[R] int<lower=0> cases;
  vector[R] deprivation; // index, standardised
}
transformed data {
  matrix[R, R] Q = diag_matrix(adjacent * rep_vector(1, R)) - adjacent;
  matrix[R, R] I = identity_matrix(R);
}
parameters {
  real alpha;
  real beta; // per standard deviation of deprivation
  real<lower=0, upper=1> lambda; // 0: districts are independent
  real<lower=0> tau;
  vector[R] u;
}
model {
  alpha ~ normal(0, 0.3);
  beta ~ normal(0, 0.3);
  lambda ~ beta(2, 2);
  tau ~ normal(0, 0.5);
  u ~ multi_normal_prec(rep_vector(0, R), (lambda * Q + (1 - lambda) * I) / square(tau + 0.01));
  cases ~ poisson_log(log(expected) + alpha + beta * deprivation + u);
}
