// How many people named Nicole do you know?
//
// Field: sociology
// Data: for answers to "how many X do you know" for several groups; Zheng, Salganik and Gelman (2006), "How many
//   people do you know in prison?", Journal of the American Statistical Association 101.
// Idea: counts depend on how many people one knows and how large the group is; overdispersion of a group measures
//   how unevenly it is known.
// Shows: a matrix of counts by respondent and group, an overdispersion for each column.
// Tags: outcome count; family neg_binomial_2_log; structure crossed, network, survey.

data {
  int<lower=1> N; // respondents
  int<lower=1> G; // groups
  vector<lower=0, upper=1>[G] y_share; // of the group in the population
  array[N, G] int<lower=0> known;
}
parameters {
  real mu; // mean log number of acquaintances
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[N] log_degree;
  vector[G] log_bias; // how visible the group is
  vector<lower=0>[G] phi; // small: known unevenly
}
model {
  mu ~ normal(6, 0.5);
  tau ~ normal(0.5, 0.2);
  log_degree ~ normal(mu, tau);
  log_bias ~ normal(0, 0.3);
  phi ~ lognormal(0.5, 0.7);
  for (g in 1:G) {
    known[:, g] ~ neg_binomial_2_log(log_degree + log(y_share[g]) + log_bias[g], phi[g]);
  }
}
