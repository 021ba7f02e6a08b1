// Bacteria counted by dilution
//
// Field: food science
// Data: tubes with growth among those inoculated with several volumes of each sample; Cochran (1950), "Estimation of
//   bacterial densities by means of the most probable number", Biometrics 6.
// Idea: a tube stays clear if it got no organism, with probability exp(-density volume); log densities vary over
//   samples.
// Shows: the complementary log-log link written as its probability.
// Tags: outcome count; family binomial; structure hierarchical, dose_response.

data {
  int<lower=1> S; // samples
  int<lower=1> D; // dilutions
  vector<lower=0>[D] volume; // millilitres
  array[D] int<lower=0> tubes;
  array[S, D] int<lower=0> growth; // tubes with growth
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[S] log_density; // organisms per millilitre
}
model {
  mu ~ normal(-1, 1);
  tau ~ normal(0, 1);
  log_density ~ normal(mu, tau);
  for (s in 1:S) {
    growth[s] ~ binomial(tubes, 1 - exp(-exp(log_density[s]) * volume));
  }
}
