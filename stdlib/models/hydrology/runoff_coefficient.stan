// Which share of a storm runs off?
//
// Field: hydrology
// Data: runoff over rain of storms in several catchments, with the depth of rain and the wetness of the soil; Merz,
//   Blöschl and Parajka (2006), "Spatio-temporal variability of event runoff coefficients", Journal of Hydrology 331.
// Idea: beta regression on the logit scale; Ferrari and Cribari-Neto (2004), "Beta regression for modelling rates
//   and proportions".
// Shows: beta_proportion by mean and precision, varying intercepts.
// Tags: outcome bounded; family beta_proportion; structure regression, interaction, varying_intercepts.

data {
  int<lower=1> N; // storms
  int<lower=1> C; // catchments
  array[N] int<lower=1, upper=C> catchment;
  vector[N] log_rain; // standardised
  vector[N] wetness; // of the soil before the storm, standardised
  vector<lower=0, upper=1>[N] runoff;
}
parameters {
  real alpha;
  vector[3] beta; // rain, wetness, both together
  real<lower=0> tau;
  vector[C] u;
  real<lower=0> kappa;
}
model {
  alpha ~ normal(-0.7, 0.5);
  beta ~ normal(0, 0.3);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau);
  kappa ~ gamma(6, 0.25);
  runoff ~ beta_proportion(
    inv_logit(
      alpha + beta[1] * log_rain + beta[2] * wetness + beta[3] * log_rain .* wetness + u[catchment]
    ),
    kappa
  );
}
