// Metals below the limit of detection
//
// Field: environment
// Data: concentrations of a metal in water samples of several sites, some reported only as below the detection
//   limit; Helsel (2012), Statistics for Censored Environmental Data Using Minitab and R.
// Idea: lognormal concentrations with site levels; a nondetect contributes the probability of lying below the limit.
// Shows: left censoring by lognormal_lcdf, varying intercepts.
// Tags: outcome positive; family lognormal; structure censoring, varying_intercepts, regression.

data {
  int<lower=1> N; // samples
  int<lower=1> S; // sites
  real<lower=0> limit; // of detection, micrograms per litre
  array[N] int<lower=1, upper=S> site;
  array[N] int<lower=0, upper=1> downstream; // of the plant?
  vector<lower=limit>[N] conc; // micrograms per litre; equal to limit if not detected
}
parameters {
  real alpha;
  real b_downstream;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 1);
  b_downstream ~ normal(0, 1);
  tau ~ normal(0, 0.7);
  u ~ normal(0, tau);
  sigma ~ normal(0, 1);
  for (n in 1:N) {
    real mu = alpha + b_downstream * downstream[n] + u[site[n]];
    if (conc[n] == limit) {
      target += lognormal_lcdf(limit | mu, sigma);
    } else {
      conc[n] ~ lognormal(mu, sigma);
    }
  }
}
