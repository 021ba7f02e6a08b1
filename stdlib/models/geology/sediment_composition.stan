// Sand, silt and clay with depth
//
// Field: geology
// Data: shares of sand, silt and clay in sediments at different depths of water, as the Arctic lake of Coakley and
//   Rust (1968), used by Aitchison (1986), The Statistical Analysis of Compositional Data.
// Idea: Dirichlet regression: shares whose logits against a base are linear in log depth, with one concentration.
// Shows: simplexes as data, softmax with a zero for the base category.
// Tags: outcome multivariate; family dirichlet; structure regression.

data {
  int<lower=1> N; // samples
  int<lower=2> K; // parts
  vector[N] log_depth; // standardised
  array[N] simplex[K] share;
}
parameters {
  vector[K - 1] alpha;
  vector[K - 1] beta;
  real<lower=0> concentration;
}
model {
  alpha ~ normal(0, 0.5);
  beta ~ normal(0, 0.4);
  concentration ~ lognormal(3.4, 0.3);
  for (n in 1:N) {
    share[n] ~ dirichlet(concentration * softmax(append_row(0, alpha + beta * log_depth[n])));
  }
}
