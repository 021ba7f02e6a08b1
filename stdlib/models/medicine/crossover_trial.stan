// A trial in which everybody gets both treatments
//
// Field: medicine
// Data: for two periods a patient, in either order; Grizzle (1965), "The two-period change-over design and its use
//   in clinical trials", Biometrics 21.
// Idea: each patient is his own control; a period effect is common to all.
// Shows: a within-person comparison by varying intercepts, student_t noise.
// Tags: outcome real; family student_t; structure experiment, varying_intercepts, comparison, robust.

data {
  int<lower=1> J; // patients
  int<lower=0> N; // periods of all patients
  array[N] int<lower=1, upper=J> patient;
  vector<lower=0, upper=1>[N] period; // second period?
  vector<lower=0, upper=1>[N] drug; // rather than placebo
  vector[N] flow; // peak expiratory flow, litres a minute
}
parameters {
  real mu;
  real b_period;
  real b_drug;
  real<lower=0> tau;
  vector<multiplier=tau>[J] u;
  real<lower=0> sigma;
}
model {
  mu ~ normal(300, 30);
  b_period ~ normal(0, 10);
  b_drug ~ normal(0, 30);
  tau ~ normal(50, 15);
  u ~ normal(0, tau);
  sigma ~ normal(0, 20);
  flow ~ student_t(5, mu + b_period * period + b_drug * drug + u[patient], sigma);
}
