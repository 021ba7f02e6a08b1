// Seeds that germinate on plates
//
// Field: agriculture
// Data: germinated seeds of two varieties of Orobanche on 21 plates with bean or cucumber extract; Crowder (1978),
//   "Beta-binomial Anova for proportions", Applied Statistics 27, table 3.
// Idea: plates of one treatment differ more than binomial; the chance on each plate is beta, as Crowder has it.
// Shows: beta-binomial regression with an interaction, on the logit scale.
// Tags: outcome count; family beta_binomial; structure regression, interaction, experiment.

data {
  int<lower=1> N; // plates
  array[N] int<lower=0> seeds;
  array[N] int<lower=0> germinated;
  vector<lower=0, upper=1>[N] variety; // 0: O. aegyptiaca 75, 1: O. aegyptiaca 73
  vector<lower=0, upper=1>[N] cucumber; // cucumber rather than bean extract?
}
parameters {
  real alpha;
  real b_variety;
  real b_cucumber;
  real b_both;
  real<lower=0> kappa; // how alike plates are
}
model {
  vector[N] mu = inv_logit(
      alpha + b_variety * variety + b_cucumber * cucumber + b_both * variety .* cucumber
    );
  alpha ~ normal(0, 1);
  b_variety ~ normal(0, 1);
  b_cucumber ~ normal(0, 1);
  b_both ~ normal(0, 1);
  kappa ~ lognormal(3, 1);
  germinated ~ beta_binomial(seeds, mu * kappa, (1 - mu) * kappa);
}
