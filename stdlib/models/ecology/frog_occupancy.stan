// Which ponds have frogs, where a visit may miss them
//
// Field: ecology
// Data: for repeated visits to sites within one season, as in MacKenzie et al. (2002), "Estimating site occupancy
//   rates when detection probabilities are less than one", Ecology 83.
// Idea: a site without a detection is either empty or was missed every time; the hidden state is summed out.
// Shows: a branch on data, log_mix, and occupancy of the sites that were never seen occupied as generated quantity.
// Tags: outcome counts, binary; family binomial_logit; structure occupancy, mixture, regression.

data {
  int<lower=1> S; // ponds
  int<lower=1> V; // visits to each
  array[S] int<lower=0, upper=V> seen; // visits on which the species was detected
  vector[S] wet; // how long the pond holds water, standardised
  vector[S] reed; // cover that hides the animals, standardised
}
parameters {
  real alpha_psi; // logit occupancy of an average pond
  real b_wet;
  real alpha_p; // logit detection on one visit
  real b_reed;
}
transformed parameters {
  vector[S] psi = inv_logit(alpha_psi + b_wet * wet);
  vector[S] logit_p = alpha_p + b_reed * reed;
}
model {
  alpha_psi ~ normal(0, 1);
  b_wet ~ normal(0, 1);
  alpha_p ~ normal(0, 1);
  b_reed ~ normal(0, 0.5);
  for (s in 1:S) {
    if (seen[s] > 0) {
      target += log(psi[s]) + binomial_logit_lpmf(seen[s] | V, logit_p[s]);
    } else {
      target += log_mix(psi[s], binomial_logit_lpmf(0 | V, logit_p[s]), 0);
    }
  }
}
generated quantities {
  int occupied = 0; // ponds with frogs, seen or not
  for (s in 1:S) {
    real missed = psi[s] * (1 - inv_logit(logit_p[s])) ^ V;
    occupied += seen[s] > 0 ? 1 : bernoulli_rng(missed / (missed + 1 - psi[s]));
  }
}
