// How long subscribers stay
//
// Field: marketing
// Data: subscribers of each cohort who leave at each renewal, and those who are left; Fader and Hardie (2007), "How
//   to project customer retention", Journal of Interactive Marketing 21.
// Idea: each subscriber leaves with a constant probability, which follows a beta distribution over subscribers; the
//   pooled retention then rises with tenure although nobody's does.
// Shows: a sequence of binomial counts, each out of those that the last has left.
// Tags: outcome count; family binomial; structure latent_variable, hierarchical, decay.

data {
  int<lower=1> G; // cohorts
  int<lower=1> T; // renewals
  array[G] int<lower=0> customers; // at the start
  array[G, T] int<lower=0> lost; // at each renewal
}
parameters {
  vector<lower=0, upper=1>[G] mean_churn;
  real<lower=0> kappa; // concentration; small: customers differ much
}
model {
  mean_churn ~ beta(2, 6);
  kappa ~ lognormal(1, 0.7);
  for (g in 1:G) {
    int left = customers[g];
    for (t in 1:T) {
      lost[g, t] ~ binomial(left, mean_churn[g] * kappa / (kappa + t - 1));
      left -= lost[g, t];
    }
  }
}
generated quantities {
  vector[G] next = 1
      - mean_churn * kappa / (kappa + T); // retention of each cohort at the renewal after the last
}
