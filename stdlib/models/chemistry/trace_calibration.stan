// Measuring near the limit of detection
//
// Field: chemistry
// Data: signals of an instrument for standards of known concentration, and for unknown samples; Rocke and Lorenzato
//   (1995), "A two-component model for measurement error in analytical chemistry", Technometrics 37.
// Idea: errors are constant near zero and proportional at high concentrations; the unknown concentrations are
//   parameters of the same model.
// Shows: heteroskedastic noise from two sources, calibration and its inversion in one fit.
// Tags: outcome real; family normal; structure regression, heteroskedastic, measurement_error.

data {
  int<lower=1> N; // standards
  int<lower=0> U; // unknown samples
  vector<lower=0, upper=10>[N] concentration; // micrograms per litre
  vector[N] signal; // of the standards
  vector[U] signal_unknown;
}
parameters {
  real blank;
  real<lower=0> sensitivity;
  real<lower=0> sd_zero; // noise of a blank
  real<lower=0> sd_relative; // noise as a share of the signal
  vector<lower=0>[U] unknown; // micrograms per litre
}
model {
  blank ~ normal(0, 1);
  sensitivity ~ lognormal(1, 0.5);
  sd_zero ~ normal(0, 0.5);
  sd_relative ~ normal(0, 0.1);
  unknown ~ exponential(0.3);
  signal ~ normal(
    blank + sensitivity * concentration,
    hypot(sd_zero, sd_relative * sensitivity * concentration)
  );
  signal_unknown ~ normal(
    blank + sensitivity * unknown,
    hypot(sd_zero, sd_relative * sensitivity * unknown)
  );
}
