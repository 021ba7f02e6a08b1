// A bioassay with twenty animals
//
// Field: pharmacology
// Data: deaths among five animals at each of four doses; Racine et al. (1986), "Bayesian methods in practice:
//   experiences in the pharmaceutical industry", Applied Statistics 35.
// Idea: logistic dose response with a prior that correlates intercept and slope, and the dose that kills half;
//   Gelman et al. (2013), Bayesian Data Analysis, section 3.7.
// Shows: a bivariate normal prior, binomial_logit, a ratio of coefficients.
// Tags: outcome count; family binomial_logit; structure dose_response, regression.

data {
  int<lower=1> N; // doses
  vector[N] log_dose; // log grams per millilitre
  array[N] int<lower=0> animals;
  array[N] int<lower=0> deaths;
}
parameters {
  vector[2] b; // intercept and slope
}
model {
  b ~ multi_normal([0, 10]', [[4, 10], [10, 100]]);
  deaths ~ binomial_logit(animals, b[1] + b[2] * log_dose);
}
generated quantities {
  real log_LD50 = -b[1] / b[2];
}
