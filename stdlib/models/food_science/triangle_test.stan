// Can the panel taste the difference?
//
// Field: food science
// Data: right answers of panellists who are given three samples, two of them alike, and name the odd one; Ennis
//   (1993), "The power of sensory discrimination methods", Journal of Sensory Studies 8.
// Idea: who cannot tell guesses one in three; the chance to tell varies between panellists; Brockhoff (2003), "The
//   statistical power of replications in difference tests".
// Shows: a guessing floor, a beta distribution by its mean and concentration.
// Tags: outcome count; family binomial; structure hierarchical, latent_variable.

data {
  int<lower=1> J; // panellists
  array[J] int<lower=0> trials;
  array[J] int<lower=0> right;
}
parameters {
  real<lower=0, upper=1> mean_ability;
  real<lower=0> kappa;
  vector<lower=0, upper=1>[J] ability; // chance to tell the odd sample
}
model {
  mean_ability ~ beta(1, 2);
  kappa ~ lognormal(1.5, 0.5);
  ability ~ beta_proportion(mean_ability, kappa);
  right ~ binomial(trials, 1.0 / 3 + 2.0 / 3 * ability);
}
