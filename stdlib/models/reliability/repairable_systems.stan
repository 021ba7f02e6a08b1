// Do repaired machines get better or worse?
//
// Field: reliability
// Data: failures of several repairable systems in each month of use; Rigdon and Basu (2000), Statistical Methods for
//   the Reliability of Repairable Systems.
// Idea: the power law process: the expected number of failures up to t is (t / eta) ^ beta; Crow (1974),
//   "Reliability analysis for complex, repairable systems".
// Shows: a nonhomogeneous Poisson process by the counts in its intervals, systems with random levels.
// Tags: outcome count; family poisson; structure hierarchical, trend, growth_curve.

data {
  int<lower=1> S; // systems
  int<lower=1> M; // months
  array[S, M] int<lower=0> failures;
}
transformed data {
  vector[M + 1] month = linspaced_vector(M + 1, 0, M);
}
parameters {
  real<lower=0> beta; // below 1: they improve
  real mu; // mean log of the failures in the first month
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[S] level;
}
model {
  vector[M] growth = month[2:M + 1] ^ beta - month[1:M] ^ beta;
  beta ~ lognormal(0, 0.3);
  mu ~ normal(0.5, 0.7);
  tau ~ normal(0, 0.5);
  level ~ normal(mu, tau);
  for (s in 1:S) {
    failures[s] ~ poisson(exp(level[s]) * growth);
  }
}
