// The expanding universe
//
// Field: astronomy
// Data: distances and radial velocities of 24 nebulae; Hubble (1929), "A relation between distance and radial
//   velocity among extra-galactic nebulae", Proceedings of the National Academy of Sciences 15, table 1.
// Idea: velocities are proportional to distance, with random motions that have a standard deviation of their own.
// Shows: a regression through the origin, a bounded parameter, a unit conversion in transformed parameters.
// Tags: outcome real; family normal; structure regression.

data {
  int<lower=1> N; // nebulae
  vector<lower=0>[N] distance; // megaparsecs
  vector[N] velocity; // kilometres per second
}
parameters {
  real<lower=0> H; // Hubble's constant, km/s per megaparsec
  real<lower=0> sigma; // of the motions of single nebulae, km/s
}
transformed parameters {
  real age = 977.8 / H; // of the universe at constant expansion, in 1e9 years
}
model {
  H ~ normal(400, 200);
  sigma ~ normal(0, 300);
  velocity ~ normal(H * distance, sigma);
}
