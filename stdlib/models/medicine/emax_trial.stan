// Which dose is enough?
//
// Field: medicine
// Data: for change from baseline of patients randomised to several doses and placebo; Thomas, Sweeney and Somayaji
//   (2014), "Meta-analysis of clinical dose-response in a large drug development portfolio".
// Idea: the hyperbolic Emax model: response rises to a limit, half of it at the dose ED50.
// Shows: a nonlinear mean of elementwise operations, a target dose in generated quantities.
// Tags: outcome real; family normal; structure dose_response, nonlinear, experiment.

data {
  int<lower=0> N; // patients
  vector<lower=0>[N] dose; // milligrams
  vector[N] y; // change from baseline
}
parameters {
  real e0; // placebo
  real emax;
  real<lower=0> ed50; // milligrams
  real<lower=0> sigma;
}
model {
  e0 ~ normal(0, 2);
  emax ~ normal(5, 3);
  ed50 ~ lognormal(3, 0.7);
  sigma ~ normal(4, 1);
  y ~ normal(e0 + emax * dose ./ (ed50 + dose), sigma);
}
generated quantities {
  real dose80 = 4 * ed50; // gives 80 percent of the limit
}
