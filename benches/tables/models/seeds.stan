// Germination of seeds on plates: beta-binomial, two by two with interaction.
data {
  int<lower=1> N;
  array[N] int<lower=0> y;
  array[N] int<lower=0> seeds;
  vector[N] variety;
  vector[N] extract;
}
parameters {
  real alpha;
  real beta_variety;
  real beta_extract;
  real beta_both;
  real<lower=0> kappa;
}
model {
  vector[N] p = inv_logit(
      alpha + beta_variety * variety + beta_extract * extract + beta_both * variety .* extract
    );
  alpha ~ normal(0, 1.5);
  beta_variety ~ normal(0, 1.5);
  beta_extract ~ normal(0, 1.5);
  beta_both ~ normal(0, 1.5);
  kappa ~ gamma(2, 0.05);
  y ~ beta_binomial(seeds, p * kappa, (1 - p) * kappa);
}
