// What a mixture is made of, from its spectrum
//
// Field: chemistry
// Data: absorbance of a mixture at many wavelengths, and of each pure substance; Haaland and Thomas (1988), "Partial
//   least-squares methods for spectral analyses", Analytical Chemistry 60.
// Idea: Beer and Lambert: absorbances add up with the fractions as weights, which are positive and sum to one.
// Shows: a simplex as regression coefficients with a Dirichlet prior, baseline and drift beside it.
// Tags: outcome real; family normal; structure regression, trend.

data {
  int<lower=1> N; // wavelengths
  int<lower=2> K; // substances
  matrix<lower=0>[N, K] pure; // absorbance of each substance
  vector[N] mixed;
}
transformed data {
  vector[N] x = linspaced_vector(N, -1, 1);
}
parameters {
  simplex[K] fraction;
  real<lower=0> path; // length of the light's path, in units of the pure measurements
  vector[2] baseline; // level and drift
  real<lower=0> sigma;
}
model {
  fraction ~ dirichlet(rep_vector(1, K));
  path ~ lognormal(0, 0.2);
  baseline ~ normal(0, 0.1);
  sigma ~ lognormal(-3, 0.5);
  mixed ~ normal(baseline[1] + baseline[2] * x + path * pure * fraction, sigma);
}
