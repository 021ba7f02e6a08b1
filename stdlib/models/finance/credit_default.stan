// Which loans default?
//
// Field: finance
// Data: defaults of loans by score band of the borrower and quarter of origin, with the loan's size; as in Thomas
//   (2009), Consumer Credit Models.
// Idea: logistic regression in which the effect of the score is monotone: steps of one sign add up over the bands;
//   Bürkner and Charpentier (2020), "Modelling monotonic effects of ordinal predictors in Bayesian regression models".
// Shows: a monotone effect by the cumulative sum of a simplex, varying intercepts of vintages.
// Tags: outcome binary; family bernoulli_logit; structure regression, monotone, varying_intercepts.

data {
  int<lower=1> N; // loans
  int<lower=2> G; // score bands, the safest is G
  int<lower=1> V; // quarters of origin
  array[N] int<lower=1, upper=G> band;
  array[N] int<lower=1, upper=V> vintage;
  vector[N] log_size; // standardised
  array[N] int<lower=0, upper=1> default_;
}
parameters {
  real alpha; // log odds in the riskiest band
  real<upper=0> drop; // from the riskiest band to the safest
  simplex[G - 1] step; // how the drop is shared out
  real b_size;
  real<lower=0> tau;
  vector<multiplier=tau>[V] u;
}
transformed parameters {
  vector[G] band_effect = drop * append_row(0, cumulative_sum(step));
}
model {
  alpha ~ normal(0, 1);
  drop ~ normal(0, 2);
  step ~ dirichlet(rep_vector(2, G - 1));
  b_size ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  default_ ~ bernoulli_logit(alpha + band_effect[band] + b_size * log_size + u[vintage]);
}
