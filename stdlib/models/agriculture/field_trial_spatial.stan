// Varieties on a field whose soil changes
//
// Field: agriculture
// Data: yields of varieties on a grid of plots; Besag and Higdon (1999), "Bayesian analysis of agricultural field
//   experiments", Journal of the Royal Statistical Society B 61.
// Idea: fertility is a first-order autoregression along rows and along columns of the grid; Cullis and Gleeson
//   (1991), "Spatial analysis of field experiments".
// Shows: separable dependence as a loop over a matrix of latent values that read their neighbours.
// Tags: outcome real; family normal; structure spatial, varying_intercepts, experiment, latent_variable.

data {
  int<lower=1> V; // varieties
  int<lower=2> R; // rows of plots
  int<lower=2> C; // columns
  array[R, C] int<lower=1, upper=V> variety;
  matrix[R, C] yield; // tonnes per hectare
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<multiplier=tau>[V] g;
  vector<lower=0, upper=1>[2] rho; // correlation of neighbours along columns and along rows
  real<lower=0> sd_soil;
  matrix[R, C] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[R, C] soil = sd_soil * z;
  for (r in 2:R) {
    soil[r] = rho[1] * soil[r - 1] + sqrt(1 - square(rho[1])) * soil[r];
  }
  for (c in 2:C) {
    soil[:, c] = rho[2] * soil[:, c - 1] + sqrt(1 - square(rho[2])) * soil[:, c];
  }
}
model {
  mu ~ normal(6, 1);
  tau ~ normal(0, 0.5);
  g ~ normal(0, tau);
  rho ~ beta(4, 2);
  sd_soil ~ lognormal(-0.7, 0.4);
  to_vector(z) ~ std_normal();
  sigma ~ lognormal(-1.2, 0.3);
  for (r in 1:R) {
    for (c in 1:C) {
      yield[r, c] ~ normal(mu + g[variety[r, c]] + soil[r, c], sigma);
    }
  }
}
