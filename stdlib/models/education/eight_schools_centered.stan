// Eight schools, centred
//
// Field: education
// Data: coaching effects on the SAT-V and their standard errors in eight high schools, Rubin (1981),
//   "Estimation in parallel randomized experiments", Journal of Educational Statistics 6(4), table 1.
// Idea: the same posterior as eight_schools.stan in the parametrisation that a textbook writes first;
//   Betancourt and Girolami (2015), "Hamiltonian Monte Carlo for hierarchical models".
// Shows: a funnel. Expect divergent transitions near small tau; compare with eight_schools.stan.
// Tags: outcome real; family normal; structure hierarchical, meta_analysis.

data {
  int<lower=0> J; // schools
  vector[J] y; // estimated effects
  vector<lower=0>[J] sigma; // their standard errors
}
parameters {
  real mu; // mean effect over schools
  real<lower=0> tau; // standard deviation between schools
  vector[J] theta; // effect in each school
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  theta ~ normal(mu, tau);
  y ~ normal(theta, sigma);
}
