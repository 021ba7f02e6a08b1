// A trial whose baseline was sometimes not recorded
//
// Field: medicine
// Data: for patients with a score before and after treatment, where some scores before are missing at random;
//   Little and Rubin (2002), Statistical Analysis with Missing Data.
// Idea: missing values are parameters with the distribution of the others, and the outcome informs them.
// Shows: a vector assembled from data and parameters by multiple indexing.
// Tags: outcome real; family normal; structure missing_data, regression, experiment.

data {
  int<lower=0> N; // patients
  int<lower=0, upper=N> N_miss;
  array[N_miss] int<lower=1, upper=N> miss; // patients without a score before
  vector[N] before; // standardised; whatever stands at `miss` is not used
  vector<lower=0, upper=1>[N] treated;
  vector[N] after; // in the same units
}
parameters {
  vector[N_miss] before_miss;
  real mu;
  real<lower=0> tau;
  real alpha;
  vector[2] beta; // score before, treatment
  real<lower=0> sigma;
}
model {
  vector[N] x = before;
  x[miss] = before_miss;
  mu ~ normal(0, 0.3);
  tau ~ normal(1, 0.2);
  x ~ normal(mu, tau);
  alpha ~ normal(0, 0.5);
  beta ~ normal(0, 0.7);
  sigma ~ normal(0, 0.7);
  after ~ normal(alpha + beta[1] * x + beta[2] * treated, sigma);
}
