// On time or late, and how late
//
// Field: engineering
// Data: delays of trains at their last station by line and share of seats taken; Goverde (2005), Punctuality of
//   Railway Operations and Timetable Stability Analysis.
// Idea: a hurdle: trains are on time with a probability of their own; delays of the others are lognormal.
// Shows: a mixed discrete and continuous outcome, varying intercepts in both parts.
// Tags: outcome positive; family lognormal, bernoulli_logit; structure hurdle, regression, varying_intercepts.

data {
  int<lower=1> N; // trains
  int<lower=1> L; // lines
  array[N] int<lower=1, upper=L> line;
  vector[N] crowding; // standardised
  vector<lower=0>[N] delay; // minutes, 0 if on time
}
parameters {
  real alpha; // log odds of being late
  real beta;
  real mu; // mean log delay of late trains
  real b_mu;
  real<lower=0> tau_late;
  real<lower=0> tau_mu;
  vector<multiplier=tau_late>[L] u;
  vector<multiplier=tau_mu>[L] v;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 1);
  beta ~ normal(0, 0.5);
  mu ~ normal(1.5, 0.5);
  b_mu ~ normal(0, 0.3);
  tau_late ~ normal(0, 0.7);
  tau_mu ~ normal(0, 0.4);
  u ~ normal(0, tau_late);
  v ~ normal(0, tau_mu);
  sigma ~ normal(0.8, 0.3);
  for (n in 1:N) {
    real late = alpha + beta * crowding[n] + u[line[n]];
    if (delay[n] == 0) {
      target += bernoulli_logit_lpmf(0 | late);
    } else {
      target += bernoulli_logit_lpmf(1 | late)
        + lognormal_lpdf(delay[n] | mu + b_mu * crowding[n] + v[line[n]], sigma);
    }
  }
}
