// Tries on both sides of a rugby match
//
// Field: sports
// Data: tries of both sides in the matches of a league; as in Dixon and Coles (1997), "Modelling association
//   football scores and inefficiencies in the football betting market", for football.
// Idea: what the two sides score is correlated through the match: a common effect of weather and referee; Karlis and
//   Ntzoufras (2003), "Analysis of sports data by using bivariate Poisson models".
// Shows: two Poisson outcomes that share a latent effect for each match.
// Tags: outcome count; family poisson_log; structure paired_comparison, hierarchical, latent_variable.

data {
  int<lower=1> N; // matches
  int<lower=2> T; // teams
  array[N] int<lower=1, upper=T> home;
  array[N] int<lower=1, upper=T> away;
  array[N] int<lower=0> tries_home;
  array[N] int<lower=0> tries_away;
}
parameters {
  real level;
  real advantage;
  real<lower=0> tau;
  vector<multiplier=tau>[T] strength;
  real<lower=0> omega;
  vector<multiplier=omega>[N] match_; // open or closed game
}
model {
  vector[N] ahead = advantage + strength[home] - strength[away];
  level ~ normal(1, 0.2);
  advantage ~ normal(0.2, 0.1);
  tau ~ normal(0, 0.25);
  strength ~ normal(0, tau);
  omega ~ normal(0, 0.2);
  match_ ~ normal(0, omega);
  tries_home ~ poisson_log(level + match_ + 0.5 * ahead);
  tries_away ~ poisson_log(level + match_ - 0.5 * ahead);
}
