// Breeding values from a pedigree
//
// Field: genetics
// Data: for a trait of related animals and their relationship matrix; Henderson (1975), "Best linear unbiased
//   estimation and prediction under a selection model", Biometrics 31.
// Idea: additive values are normal with a covariance proportional to relatedness; their share of the variance is
//   heritability.
// Shows: a Cholesky factor computed once in transformed data, correlated effects made from independent ones.
// Tags: outcome real; family normal; structure regression, varying_intercepts, latent_variable.

data {
  int<lower=1> N; // animals
  cov_matrix[N] A; // additive relationships
  vector<lower=0, upper=1>[N] sex;
  vector[N] weight; // kilograms
}
transformed data {
  matrix[N, N] L = cholesky_decompose(A);
}
parameters {
  real mu;
  real beta;
  vector[N] z;
  real<lower=0> sigma; // of phenotypes
  real<lower=0, upper=1> h2;
}
transformed parameters {
  vector[N] value = sigma * sqrt(h2) * (L * z); // breeding values
}
model {
  mu ~ normal(40, 5);
  beta ~ normal(0, 3);
  z ~ std_normal();
  sigma ~ normal(5, 1.5);
  h2 ~ beta(3, 4);
  weight ~ normal(mu + beta * sex + value, sigma * sqrt(1 - h2));
}
