// Seizures under treatment, visit by visit
//
// Field: medicine
// Data: for counts of seizures between visits of patients in two arms; design as in Thall and Vail (1990), "Some
//   covariance models for longitudinal count data with overdispersion", Biometrics 46.
// Idea: overdispersion has two sources, patients and visits of a patient, each normal on the log scale.
// Shows: a Poisson regression with two varying intercepts, one of them for each observation.
// Tags: outcome count; family poisson_log; structure regression, interaction, varying_intercepts, experiment.

data {
  int<lower=1> J; // patients
  int<lower=1> V; // visits
  int<lower=0> N; // periods
  array[N] int<lower=1, upper=J> patient;
  array[N] int<lower=1, upper=V> visit;
  vector[J] base; // log seizures before the trial, standardised
  vector<lower=0, upper=1>[J] treated;
  array[N] int<lower=0> seizures;
}
parameters {
  real alpha;
  vector[3] beta; // base, treatment, both
  real last; // the last visit
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[J] u;
  vector<multiplier=tau[2]>[N] v;
}
model {
  vector[J] level = alpha + beta[1] * base + beta[2] * treated + beta[3] * base .* treated + u;
  vector[N] is_last;
  for (n in 1:N) {
    is_last[n] = visit[n] == V;
  }
  alpha ~ normal(1.5, 0.5);
  beta[1] ~ normal(0.7, 0.3);
  beta[2:3] ~ normal(0, 0.4);
  last ~ normal(0, 0.2);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau[1]);
  v ~ normal(0, tau[2]);
  seizures ~ poisson_log(level[patient] + last * is_last + v);
}
