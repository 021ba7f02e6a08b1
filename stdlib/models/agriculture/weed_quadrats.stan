// Weeds where there are any
//
// Field: agriculture
// Data: weeds in quadrats of several fields with the cover of the crop; Martin et al. (2005), "Zero tolerance
//   ecology: improving ecological inference by modelling the source of zero observations", Ecology Letters 8.
// Idea: a hurdle: whether a quadrat has weeds, and, by a zero-truncated negative binomial, how many.
// Shows: truncation of a count by its probability of zero, varying intercepts in the count.
// Tags: outcome count; family neg_binomial_2_log, bernoulli_logit; structure hurdle, truncation, varying_intercepts,
//   regression.

data {
  int<lower=1> N; // quadrats
  int<lower=1> F; // fields
  array[N] int<lower=1, upper=F> field;
  vector[N] cover; // of the crop, standardised
  array[N] int<lower=0> weeds;
}
parameters {
  real alpha; // log odds that weeds are present
  real beta;
  real mu; // log mean before truncation
  real b_mu;
  real<lower=0> tau;
  vector<multiplier=tau>[F] u;
  real<lower=0> phi;
}
model {
  alpha ~ normal(0, 1);
  beta ~ normal(-0.5, 0.5);
  mu ~ normal(1.5, 0.5);
  b_mu ~ normal(0, 0.3);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau);
  phi ~ gamma(4, 1);
  for (n in 1:N) {
    real present = alpha + beta * cover[n];
    real eta = mu + b_mu * cover[n] + u[field[n]];
    if (weeds[n] == 0) {
      target += bernoulli_logit_lpmf(0 | present);
    } else {
      target += bernoulli_logit_lpmf(1 | present)
        + neg_binomial_2_log_lpmf(weeds[n] | eta, phi)
        - log1m_exp(neg_binomial_2_log_lpmf(0 | eta, phi));
    }
  }
}
