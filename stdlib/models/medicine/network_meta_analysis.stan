// Treatments compared through a network of trials
//
// Field: medicine
// Data: for responders in the arms of trials that compare different pairs of treatments; Lu and Ades (2004),
//   "Combination of direct and indirect evidence in mixed treatment comparisons", Statistics in Medicine 23.
// Idea: each arm has the level of its trial plus the effect of its treatment, so indirect comparisons follow; arms
//   vary around that.
// Shows: contrasts against a reference in append_row, a rank computed in generated quantities.
// Tags: outcome bounded; family binomial_logit; structure meta_analysis, network, comparison, varying_intercepts.

data {
  int<lower=1> S; // trials
  int<lower=2> T; // treatments; the first is the reference
  int<lower=0> N; // arms
  array[N] int<lower=1, upper=S> study;
  array[N] int<lower=1, upper=T> treatment;
  array[N] int<lower=0> n; // patients
  array[N] int<lower=0> responders;
}
parameters {
  real mu;
  real<lower=0> sigma;
  vector<offset=mu, multiplier=sigma>[S] level;
  vector[T - 1] d; // log odds ratios against the reference
  real<lower=0> tau;
  vector<multiplier=tau>[N] u; // arms
}
model {
  mu ~ normal(-0.5, 0.7);
  sigma ~ normal(0, 0.5);
  level ~ normal(mu, sigma);
  d ~ normal(0, 0.7);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau);
  responders ~ binomial_logit(n, level[study] + append_row(0, d)[treatment] + u);
}
generated quantities {
  int best = sort_indices_desc(append_row(0, d))[1];
}
