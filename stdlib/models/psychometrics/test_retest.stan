// How reliable is a measurement?
//
// Field: psychometrics
// Data: for repeated measurements of persons on several occasions; Shrout and Fleiss (1979), "Intraclass
//   correlations: uses in assessing rater reliability", Psychological Bulletin 86.
// Idea: variance between persons and between occasions against variance within: a two-way layout without
//   replicates.
// Shows: a matrix of outcomes, a row and a column effect, intraclass correlations in generated quantities.
// Tags: outcome real; family normal; structure crossed, varying_intercepts, measurement_error.

data {
  int<lower=1> J; // persons
  int<lower=1> M; // occasions
  matrix[J, M] score; // T scores
}
parameters {
  real mu;
  real<lower=0> tau_person;
  real<lower=0> tau_occasion;
  vector<multiplier=tau_person>[J] a;
  vector<multiplier=tau_occasion>[M] b;
  real<lower=0> sigma;
}
model {
  mu ~ normal(50, 5);
  tau_person ~ normal(8, 2);
  tau_occasion ~ normal(0, 2);
  a ~ normal(0, tau_person);
  b ~ normal(0, tau_occasion);
  sigma ~ normal(5, 2);
  for (m in 1:M) {
    score[:, m] ~ normal(mu + a + b[m], sigma);
  }
}
generated quantities {
  real consistency = square(tau_person) / (square(tau_person) + square(sigma));
  real agreement = square(tau_person) / (square(tau_person) + square(tau_occasion) + square(sigma));
}
