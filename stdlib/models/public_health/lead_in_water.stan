// Lead in tap water, partly below what can be measured
//
// Field: public health
// Data: for concentrations in samples from houses of several districts, with a limit of detection; Helsel (2012),
//   Statistics for Censored Environmental Data.
// Idea: a sample below the limit contributes the probability of being there.
// Shows: left censoring in a branch on the outcome, lognormal concentrations with varying intercepts.
// Tags: outcome positive; family lognormal; structure censoring, varying_intercepts, regression.

data {
  int<lower=0> N; // samples
  int<lower=1> H; // districts
  array[N] int<lower=1, upper=H> district;
  vector[N] pipe_age; // standardised
  real<lower=0> limit; // of detection, micrograms per litre
  vector<lower=limit>[N] lead; // micrograms per litre; `limit` where nothing was detected
}
parameters {
  real alpha;
  real beta; // per standard deviation of the age of the pipes
  real<lower=0> tau;
  vector<multiplier=tau>[H] u;
  real<lower=0> sigma;
}
model {
  vector[N] mu = alpha + beta * pipe_age + u[district];
  alpha ~ normal(1, 0.7);
  beta ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  sigma ~ normal(0, 0.7);
  for (n in 1:N) {
    if (lead[n] <= limit) {
      target += lognormal_lcdf(limit | mu[n], sigma);
    } else {
      lead[n] ~ lognormal(mu[n], sigma);
    }
  }
}
