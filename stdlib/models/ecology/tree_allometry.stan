// Height of trees given their diameter
//
// Field: ecology
// Data: for trees measured in forest plots, of several species; Feldpausch et al. (2011), "Height-diameter
//   allometry of tropical forest trees", Biogeosciences 8.
// Idea: a power law on the log scale, with crossed effects: species differ in level and exponent, plots in level
//   only.
// Shows: crossed groups, lognormal outcomes, several multipliers.
// Tags: outcome positive; family lognormal; structure regression, crossed, varying_intercepts, varying_slopes.

data {
  int<lower=1> S; // species
  int<lower=1> P; // plots
  int<lower=0> N; // trees
  array[N] int<lower=1, upper=S> species;
  array[N] int<lower=1, upper=P> plot;
  vector<lower=0>[N] diameter; // centimetres at breast height
  vector<lower=0>[N] height; // metres
}
transformed data {
  vector[N] x = log(diameter / 30);
}
parameters {
  real alpha; // log height at 30 cm
  real beta; // exponent
  real<lower=0> tau_species;
  real<lower=0> tau_slope;
  real<lower=0> tau_plot;
  vector<multiplier=tau_species>[S] a_species;
  vector<multiplier=tau_slope>[S] b_species;
  vector<multiplier=tau_plot>[P] a_plot;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(3, 0.3);
  beta ~ normal(0.5, 0.2);
  tau_species ~ normal(0, 0.2);
  tau_slope ~ normal(0, 0.1);
  tau_plot ~ normal(0, 0.2);
  a_species ~ normal(0, tau_species);
  b_species ~ normal(0, tau_slope);
  a_plot ~ normal(0, tau_plot);
  sigma ~ normal(0, 0.3);
  height ~ lognormal(
    alpha + a_species[species] + a_plot[plot] + (beta + b_species[species]) .* x,
    sigma
  );
}
