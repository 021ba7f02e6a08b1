// Biochemical oxygen demand of stream water
//
// Field: environment
// Data: oxygen demand after 1 to 7 days of incubation; Marske (1967), as in Bates and Watts (1988), Nonlinear
//   Regression Analysis and Its Applications (BOD, R datasets).
// Idea: demand approaches a limit exponentially; with six points, priors for limit and rate do part of the work.
// Shows: a two-parameter growth curve, lognormal priors.
// Tags: outcome real; family normal; structure growth_curve, regression.

data {
  int<lower=1> N; // samples
  vector<lower=0>[N] day;
  vector[N] demand; // milligrams per litre
}
parameters {
  real<lower=0> limit; // milligrams per litre
  real<lower=0> rate; // per day
  real<lower=0> sigma;
}
model {
  limit ~ lognormal(3, 0.5);
  rate ~ lognormal(-0.7, 0.7);
  sigma ~ normal(0, 5);
  demand ~ normal(limit * (1 - exp(-rate * day)), sigma);
}
