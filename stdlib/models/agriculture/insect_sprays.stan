// Sprays against insects
//
// Field: agriculture
// Data: insects on 72 experimental units treated with one of six sprays; Beall (1942), "The transformation of data
//   from entomological field experiments", Biometrika 29 (InsectSprays, R datasets).
// Idea: counts of each treatment with a mean of its own, pooled, and a common overdispersion.
// Shows: a one-way layout for counts, the probability that each spray is the best.
// Tags: outcome count; family neg_binomial_2_log; structure comparison, experiment, varying_intercepts.

data {
  int<lower=1> N; // units
  int<lower=2> K; // sprays
  array[N] int<lower=1, upper=K> spray;
  array[N] int<lower=0> insects;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[K] log_mean;
  real<lower=0> phi;
}
model {
  mu ~ normal(2, 1);
  tau ~ normal(0, 1);
  log_mean ~ normal(mu, tau);
  phi ~ gamma(2, 0.1);
  insects ~ neg_binomial_2_log(log_mean[spray], phi);
}
generated quantities {
  array[K] int best; // 1 for the spray with fewest insects
  for (k in 1:K) {
    best[k] = log_mean[k] == min(log_mean);
  }
}
