// Which treatment of kidney stones works better?
//
// Field: medicine
// Data: successes of open surgery and of percutaneous nephrolithotomy for small and large stones; Charig et al.
//   (1986), "Comparison of treatment of renal calculi", British Medical Journal 292.
// Idea: Simpson's paradox: large stones went to surgery. Standardising over the sizes gives the effect in all
//   patients.
// Shows: a logistic regression with an interaction, a causal effect by standardisation in generated quantities.
// Tags: outcome bounded; family binomial_logit; structure regression, interaction, causal.

data {
  int<lower=0> N; // groups of patients
  vector<lower=0, upper=1>[N] large; // stones of 2 cm or more
  vector<lower=0, upper=1>[N] open_surgery;
  array[N] int<lower=0> treated;
  array[N] int<lower=0> success;
}
transformed data {
  real n_large = dot_product(to_vector(treated), large);
  real share_large = n_large / sum(treated);
}
parameters {
  real alpha;
  vector[3] beta; // large, surgery, both
}
model {
  alpha ~ normal(1, 1);
  beta ~ normal(0, 1);
  success ~ binomial_logit(
    treated,
    alpha + beta[1] * large + beta[2] * open_surgery + beta[3] * large .* open_surgery
  );
}
generated quantities {
  real risk_difference; // surgery against the other, in a population with these stones
  {
    real small_ = inv_logit(alpha + beta[2]) - inv_logit(alpha);
    real large_ = inv_logit(alpha + sum(beta)) - inv_logit(alpha + beta[1]);
    risk_difference = (1 - share_large) * small_ + share_large * large_;
  }
}
