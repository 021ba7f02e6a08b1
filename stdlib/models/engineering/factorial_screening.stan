// Which factors matter? A two-level experiment
//
// Field: engineering
// Data: the response in a two-level factorial without replication, as the injection moulding or tile experiments of
//   Box, Hunter and Hunter (2005), Statistics for Experimenters, chapters 5 and 6.
// Idea: few effects are large: a horseshoe prior on main effects and two-factor interactions; Carvalho, Polson and
//   Scott (2010), "The horseshoe estimator for sparse signals".
// Shows: interaction columns built in transformed data, local and global scales. Expect some divergences; a larger
//   target acceptance makes them fewer.
// Tags: outcome real; family normal; structure regression, interaction, experiment, design.

data {
  int<lower=1> N; // runs
  int<lower=2> F; // factors
  matrix<lower=-1, upper=1>[N, F] X; // low and high settings
  vector[N] y;
}
transformed data {
  int K = F + (F * (F - 1)) %/% 2; // main effects and interactions of two factors
  matrix[N, K] Z;
  Z[:, 1:F] = X;
  {
    int k = F;
    for (i in 1:F - 1) {
      for (j in i + 1:F) {
        k += 1;
        Z[:, k] = X[:, i] .* X[:, j];
      }
    }
  }
}
parameters {
  real alpha;
  real<lower=0> global;
  vector<lower=0>[K] local;
  vector[K] z;
  real<lower=0> sigma;
}
transformed parameters {
  vector[K] effect = global * local .* z; // half the change from low to high
}
model {
  alpha ~ normal(0, 5);
  global ~ normal(0, 1);
  local ~ student_t(3, 0, 1);
  z ~ std_normal();
  sigma ~ normal(0, 1);
  y ~ normal(alpha + Z * effect, sigma);
}
