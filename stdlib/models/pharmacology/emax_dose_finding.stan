// How the effect of a drug grows with its dose
//
// Field: pharmacology
// Data: responses of patients randomised to placebo and several doses; Thomas, Sweeney and Somayaji (2014),
//   "Meta-analysis of clinical dose-response in a large drug development portfolio".
// Idea: the sigmoid Emax curve; MacDougall (2006), "Analysis of dose-response studies: Emax model", in Dose Finding
//   in Drug Development.
// Shows: a nonlinear curve over dose groups, computed once for each group and indexed by patients.
// Tags: outcome real; family normal; structure dose_response, experiment, regression.

data {
  int<lower=1> N; // patients
  int<lower=2> D; // dose groups, the first is placebo
  vector<lower=0>[D] dose; // milligrams
  array[N] int<lower=1, upper=D> arm;
  vector[N] baseline; // standardised
  vector[N] y; // change of the score
}
parameters {
  real e0; // placebo
  real emax; // largest effect beyond placebo
  real<lower=0> ed50; // dose of half the effect, milligrams
  real<lower=0> hill;
  real b_baseline;
  real<lower=0> sigma;
}
model {
  vector[D] power = dose ^ hill;
  vector[D] effect = e0 + emax * power ./ (power + ed50 ^ hill);
  e0 ~ normal(0, 5);
  emax ~ normal(0, 10);
  ed50 ~ lognormal(3, 0.7);
  hill ~ lognormal(0, 0.4);
  b_baseline ~ normal(0, 2);
  sigma ~ normal(0, 8);
  y ~ normal(effect[arm] + b_baseline * baseline, sigma);
}
