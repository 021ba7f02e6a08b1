// Storage and retrieval of word pairs
//
// Field: psychology
// Data: for recall of pairs of related words: both together, both apart, one, none; Batchelder and Riefer (1986),
//   "The statistical analysis of a model for storage and retrieval processes in human memory".
// Idea: a multinomial processing tree: pairs are clustered, clusters retrieved, single words recalled.
// Shows: multinomial cells as polynomials of parameters, probit-normal persons.
// Tags: outcome counts; family multinomial; structure hierarchical, latent_variable.

data {
  int<lower=1> J; // persons
  array[J, 4] int<lower=0> y; // pairs in each category
}
parameters {
  vector[3] mu; // probit of clustering, retrieval, single recall
  vector<lower=0>[3] tau;
  array[J] vector[3] z;
}
model {
  mu ~ normal(0, 0.7);
  tau ~ normal(0, 0.5);
  for (j in 1:J) {
    vector[3] p = Phi(mu + tau .* z[j]);
    real c = p[1];
    real r = p[2];
    real u = p[3];
    z[j] ~ std_normal();
    y[j] ~ multinomial(
      [c * r, (1 - c) * u ^ 2, 2 * (1 - c) * u * (1 - u), c * (1 - r) + (1 - c) * (1 - u) ^ 2]'
    );
  }
}
