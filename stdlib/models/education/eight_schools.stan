// Eight schools, non-centred
//
// Field: education
// Data: coaching effects on the SAT-V and their standard errors in eight high schools, Rubin (1981),
//   "Estimation in parallel randomized experiments", Journal of Educational Statistics 6(4), table 1.
// Idea: partial pooling of parallel experiments; Gelman et al. (2013), Bayesian Data Analysis, section 5.5.
// Shows: a non-centred hierarchy written with offset and multiplier, so that the sampler sees standard normals.
// Tags: outcome real; family normal; structure hierarchical, meta_analysis.

data {
  int<lower=0> J; // schools
  vector[J] y; // estimated effects
  vector<lower=0>[J] sigma; // their standard errors
}
parameters {
  real mu; // mean effect over schools
  real<lower=0> tau; // standard deviation between schools
  vector<offset=mu, multiplier=tau>[J] theta; // effect in each school
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  theta ~ normal(mu, tau);
  y ~ normal(theta, sigma);
}
generated quantities {
  real theta_new = normal_rng(mu, tau); // a ninth school
}
