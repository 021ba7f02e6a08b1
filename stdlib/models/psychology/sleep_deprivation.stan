// Reaction times under lack of sleep
//
// Field: psychology
// Data: for average reaction times over days of restricted sleep; design as in Belenky et al. (2003), "Patterns of
//   performance degradation and restoration during sleep restriction and subsequent recovery", Journal of Sleep
//   Research 12.
// Idea: each person has a level and a slope; noise may differ by person too, on the log scale.
// Shows: varying intercepts, slopes and residual standard deviations.
// Tags: outcome real; family normal; structure growth_curve, varying_intercepts, varying_slopes, heteroskedastic.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // days of all persons
  array[N] int<lower=1, upper=J> subject;
  vector<lower=0>[N] days; // without normal sleep
  vector[N] reaction; // milliseconds
}
parameters {
  vector[2] beta;
  vector<lower=0>[3] tau;
  vector<offset=beta[1], multiplier=tau[1]>[J] a;
  vector<offset=beta[2], multiplier=tau[2]>[J] b;
  real gamma; // mean log standard deviation
  vector<offset=gamma, multiplier=tau[3]>[J] log_sigma;
}
model {
  beta[1] ~ normal(250, 15);
  beta[2] ~ normal(10, 5);
  tau[1] ~ normal(0, 25);
  tau[2] ~ normal(0, 6);
  tau[3] ~ normal(0, 0.3);
  a ~ normal(beta[1], tau[1]);
  b ~ normal(beta[2], tau[2]);
  gamma ~ normal(3, 0.3);
  log_sigma ~ normal(gamma, tau[3]);
  reaction ~ normal(a[subject] + b[subject] .* days, exp(log_sigma[subject]));
}
