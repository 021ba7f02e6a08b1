// Twins: genes, family and chance
//
// Field: genetics
// Data: for a trait in pairs of identical and of fraternal twins; Neale and Cardon (1992), Methodology for Genetic
//   Studies of Twins and Families.
// Idea: identical twins share all additive genes, fraternal twins half of them; both share the family.
// Shows: bivariate normal pairs with two covariance matrices from one simplex of shares.
// Tags: outcome multivariate; family multi_normal; structure latent_variable, comparison.

data {
  int<lower=0> M; // identical pairs
  int<lower=0> D; // fraternal pairs
  array[M] vector[2] mz;
  array[D] vector[2] dz;
}
parameters {
  real mu;
  real<lower=0> sigma;
  simplex[3] share; // genes, family, neither
}
transformed parameters {
  cov_matrix[2] S_mz;
  cov_matrix[2] S_dz;
  {
    real r_mz = share[1] + share[2];
    real r_dz = share[1] / 2 + share[2];
    S_mz = square(sigma) * [[1, r_mz], [r_mz, 1]];
    S_dz = square(sigma) * [[1, r_dz], [r_dz, 1]];
  }
}
model {
  mu ~ normal(0, 0.5);
  sigma ~ normal(1, 0.2);
  share ~ dirichlet([2, 2, 2]');
  mz ~ multi_normal(rep_vector(mu, 2), S_mz);
  dz ~ multi_normal(rep_vector(mu, 2), S_dz);
}
