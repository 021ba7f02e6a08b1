// Liking marked on a line
//
// Field: food science
// Data: marks of consumers on an unstructured line for several products, as a share of its length; Lawless and
//   Heymann (2010), Sensory Evaluation of Food, chapter 7.
// Idea: beta regression with crossed consumers and products, and a precision that depends on the product's novelty.
// Shows: the beta density by two shapes computed from mean and precision.
// Tags: outcome bounded; family beta; structure crossed, varying_intercepts, heteroskedastic, regression.

data {
  int<lower=1> N; // marks
  int<lower=1> P; // products
  int<lower=1> J; // consumers
  array[N] int<lower=1, upper=P> product;
  array[N] int<lower=1, upper=J> consumer;
  vector[P] novelty; // standardised
  vector<lower=0, upper=1>[N] liking;
}
parameters {
  real alpha;
  real b_novelty;
  real<lower=0> sd_product;
  real<lower=0> sd_consumer;
  vector<multiplier=sd_product>[P] u;
  vector<multiplier=sd_consumer>[J] v;
  vector[2] gamma; // log precision: level, slope on novelty
}
model {
  vector[P] appeal = alpha + b_novelty * novelty + u;
  vector[N] mu = inv_logit(appeal[product] + v[consumer]);
  vector[N] kappa = exp(gamma[1] + gamma[2] * novelty[product]);
  alpha ~ normal(0.3, 0.5);
  b_novelty ~ normal(0, 0.3);
  sd_product ~ normal(0, 0.4);
  sd_consumer ~ normal(0, 0.4);
  u ~ normal(0, sd_product);
  v ~ normal(0, sd_consumer);
  gamma ~ normal([2.3, 0]', [0.3, 0.15]');
  liking ~ beta(mu .* kappa, (1 - mu) .* kappa);
}
