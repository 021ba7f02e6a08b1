// Which party do people vote for?
//
// Field: political science
// Data: for choices among parties by voters, with their traits, from an election survey; McFadden (1974),
//   "Conditional logit analysis of qualitative choice behavior".
// Idea: each party has a utility that is linear in the traits of the voter; the first party is the reference.
//   Regions vary.
// Shows: categorical_logit with a matrix of coefficients whose first column is zero, varying intercepts by party.
// Tags: outcome categorical; family categorical_logit; structure regression, choice, varying_intercepts, survey.

data {
  int<lower=2> K; // parties
  int<lower=1> D; // traits
  int<lower=1> R; // regions
  int<lower=0> N; // voters
  matrix[N, D] X; // standardised
  array[N] int<lower=1, upper=R> region;
  array[N] int<lower=1, upper=K> party;
}
parameters {
  row_vector[K - 1] alpha;
  matrix[D, K - 1] beta;
  vector<lower=0>[K - 1] tau;
  matrix[R, K - 1] z;
}
model {
  matrix[R, K - 1] level = rep_matrix(alpha, R) + diag_post_multiply(z, tau);
  matrix[N, K] utility = append_col(rep_vector(0, N), level[region] + X * beta);
  alpha ~ normal(0, 0.7);
  to_vector(beta) ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  to_vector(z) ~ std_normal();
  for (n in 1:N) {
    party[n] ~ categorical_logit(utility[n]');
  }
}
