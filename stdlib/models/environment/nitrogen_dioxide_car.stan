// Nitrogen dioxide over the districts of a city
//
// Field: environment
// Data: mean concentrations of districts with their traffic, and which districts touch; Banerjee, Carlin and Gelfand
//   (2014), Hierarchical Modeling and Analysis for Spatial Data.
// Idea: a conditional autoregression: given its neighbours, each district's deviation is normal around a share of
//   their mean; Besag (1974), "Spatial interaction and the statistical analysis of lattice systems".
// Shows: multi_normal_prec with a sparse precision matrix from the map, a proper distribution by a bound on the
//   dependence.
// Tags: outcome real; family normal; structure spatial, regression, latent_variable.

data {
  int<lower=1> N; // districts
  matrix<lower=0, upper=1>[N, N] W; // 1 where two districts touch
  vector[N] log_traffic; // standardised
  vector[N] log_no2; // log micrograms per cubic metre
}
transformed data {
  vector[N] neighbours = W * rep_vector(1, N);
  vector[N] zero = rep_vector(0, N);
}
parameters {
  real alpha;
  real beta;
  real<lower=0, upper=1> dependence; // 0: districts are independent
  real<lower=0> tau; // scale of the deviations
  vector[N] phi;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(3, 0.5);
  beta ~ normal(0, 0.3);
  dependence ~ beta(4, 2);
  tau ~ lognormal(-0.7, 0.4);
  phi ~ multi_normal_prec(zero, (diag_matrix(neighbours) - dependence * W) / square(tau));
  sigma ~ lognormal(-1.5, 0.4);
  log_no2 ~ normal(alpha + beta * log_traffic + phi, sigma);
}
