// Admission to Berkeley, department by department
//
// Field: education
// Data: applicants to graduate school in the six largest departments, autumn 1973; Bickel, Hammel and O'Connell
//   (1975), "Sex bias in graduate admissions: data from Berkeley", Science 187 (UCBAdmissions, R datasets).
// Idea: Simpson's paradox: women apply to departments that admit few. Departments differ in level and in the
//   difference.
// Shows: binomial counts with varying intercepts and slopes, each with a multiplier.
// Tags: outcome bounded; family binomial_logit; structure regression, varying_intercepts, varying_slopes, causal.

data {
  int<lower=1> D; // departments
  int<lower=0> N; // groups of applicants
  array[N] int<lower=1, upper=D> department;
  vector<lower=0, upper=1>[N] female;
  array[N] int<lower=0> applied;
  array[N] int<lower=0> admitted;
}
parameters {
  real alpha;
  real beta; // women against men
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[D] a;
  vector<multiplier=tau[2]>[D] b;
}
model {
  alpha ~ normal(-0.5, 1);
  beta ~ normal(0, 0.7);
  tau ~ normal(0, 1);
  a ~ normal(0, tau[1]);
  b ~ normal(0, tau[2]);
  admitted ~ binomial_logit(applied, alpha + a[department] + (beta + b[department]) .* female);
}
