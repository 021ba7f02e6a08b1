// Batting averages after 45 times at bat
//
// Field: sports
// Data: hits of 18 players in their first 45 at-bats of the 1970 season; Efron and Morris (1975), "Data analysis using
//   Stein's estimator and its generalizations", Journal of the American Statistical Association 70.
// Idea: players differ by a beta distribution; with abilities integrated out, hits are beta-binomial.
// Shows: beta_binomial in mean and concentration, abilities recovered afterwards in generated quantities.
// Tags: outcome bounded; family beta_binomial; structure hierarchical.

data {
  int<lower=0> N; // players
  array[N] int<lower=0> at_bats;
  array[N] int<lower=0> hits;
}
parameters {
  real<lower=0, upper=1> phi; // mean ability
  real<lower=0> kappa; // concentration: how many at-bats the prior is worth
}
model {
  phi ~ beta(3, 9);
  kappa ~ lognormal(4, 1);
  hits ~ beta_binomial(at_bats, phi * kappa, (1 - phi) * kappa);
}
generated quantities {
  vector[N] theta; // ability of each player
  for (n in 1:N) {
    theta[n] = beta_rng(phi * kappa + hits[n], (1 - phi) * kappa + at_bats[n] - hits[n]);
  }
}
