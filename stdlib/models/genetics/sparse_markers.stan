// Few of many markers matter
//
// Field: genetics
// Data: for a trait and standardised genotypes at many markers; Carvalho, Polson and Scott (2010), "The horseshoe
//   estimator for sparse signals", Biometrika 97; Piironen and Vehtari (2017) on its regularised form.
// Idea: local scales with heavy tails let few coefficients be large, a global scale pulls the rest to zero; a slab
//   bounds them.
// Shows: the regularised horseshoe, half-Cauchy scales, normal_id_glm.
// Tags: outcome real; family normal_id_glm; structure regression, hierarchical.

data {
  int<lower=0> N; // individuals
  int<lower=1> K; // markers
  matrix[N, K] X; // standardised genotypes
  vector[N] trait; // standardised
}
parameters {
  real alpha;
  vector[K] z;
  vector<lower=0>[K] lambda; // local scales
  real<lower=0> tau; // global scale
  real<lower=0> slab; // squared scale of large effects
  real<lower=0> sigma;
}
transformed parameters {
  vector[K] beta;
  {
    vector[K] bounded = sqrt(slab * square(lambda) ./ (slab + square(tau * lambda)));
    beta = z .* bounded * tau;
  }
}
model {
  alpha ~ normal(0, 0.3);
  z ~ std_normal();
  lambda ~ cauchy(0, 1);
  tau ~ cauchy(0, 0.05);
  slab ~ inv_gamma(4, 2);
  sigma ~ normal(0.8, 0.2);
  trait ~ normal_id_glm(X, alpha, beta, sigma);
}
