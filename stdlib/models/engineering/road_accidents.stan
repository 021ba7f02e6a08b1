// Accidents at road junctions
//
// Field: engineering
// Data: accidents at junctions in a year with traffic flow and type of junction; Lord, Washington and Ivan (2005),
//   "Poisson, Poisson-gamma and zero-inflated regression models of motor vehicle crashes".
// Idea: zero-inflated Poisson regression; Lambert (1992), "Zero-inflated Poisson regression, with an application to
//   defects in manufacturing".
// Shows: zero inflation in a branch, with a regression for the share of safe junctions too.
// Tags: outcome count; family poisson_log, bernoulli_logit; structure regression, zero_inflation,
//   varying_intercepts.

data {
  int<lower=1> N; // junctions
  int<lower=1> J; // districts
  array[N] int<lower=1, upper=J> district;
  vector[N] log_flow; // vehicles a day, log, standardised
  array[N] int<lower=0, upper=1> lights; // traffic lights?
  array[N] int<lower=0> accidents;
}
parameters {
  real alpha;
  real b_flow;
  real b_lights;
  real<lower=0> tau;
  vector<multiplier=tau>[J] u;
  real alpha_safe; // log odds that a junction without lights has no accidents
  real b_safe;
}
model {
  vector[N] eta = alpha + b_flow * log_flow + b_lights * to_vector(lights) + u[district];
  alpha ~ normal(0.5, 0.7);
  b_flow ~ normal(0.5, 0.3);
  b_lights ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  alpha_safe ~ normal(-1, 1);
  b_safe ~ normal(0, 1);
  for (n in 1:N) {
    real safe = alpha_safe + b_safe * lights[n];
    if (accidents[n] == 0) {
      target += log_sum_exp(
        bernoulli_logit_lpmf(1 | safe),
        bernoulli_logit_lpmf(0 | safe) + poisson_log_lpmf(0 | eta[n])
      );
    } else {
      target += bernoulli_logit_lpmf(0 | safe) + poisson_log_lpmf(accidents[n] | eta[n]);
    }
  }
}
