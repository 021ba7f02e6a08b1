// Reaction rates of an enzyme
//
// Field: chemistry
// Data: initial velocity of galactosyltransferase against substrate concentration, with and without puromycin;
//   Treloar (1974), as in Bates and Watts (1988), Nonlinear Regression Analysis (Puromycin, R datasets).
// Idea: Michaelis-Menten kinetics, the drug may change both the limit and the affinity.
// Shows: nonlinear regression, elementwise operations on vectors, lognormal priors for positive quantities.
// Tags: outcome real; family normal; structure nonlinear, dose_response, comparison.

data {
  int<lower=0> N;
  vector<lower=0>[N] conc; // parts per million
  vector<lower=0>[N] rate; // counts per minute per minute
  array[N] int<lower=1, upper=2> state; // 1 untreated, 2 treated
}
parameters {
  vector<lower=0>[2] V; // limiting rate
  vector<lower=0>[2] K; // concentration of half the limit
  real<lower=0> sigma;
}
transformed parameters {
  real V_ratio = V[2] / V[1];
  real K_ratio = K[2] / K[1];
}
model {
  V ~ lognormal(5, 1);
  K ~ lognormal(-3, 1);
  sigma ~ exponential(0.1);
  rate ~ normal(V[state] .* conc ./ (K[state] + conc), sigma);
}
