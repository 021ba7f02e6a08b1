// Distances from parallaxes
//
// Field: astronomy
// Data: parallaxes of stars with their errors, as the Gaia catalogue; Bailer-Jones (2015), "Estimating distances
//   from parallaxes", Publications of the Astronomical Society of the Pacific 127.
// Idea: the inverse of a noisy parallax is a bad distance; a density of stars that falls off exponentially gives the
//   prior of distances, whose scale is inferred from all stars.
// Shows: a latent positive quantity for each datum with a gamma prior of unknown scale.
// Tags: outcome real; family normal; structure measurement_error, latent_variable, hierarchical.

data {
  int<lower=1> N; // stars
  vector<lower=0>[N] se; // milliarcseconds
  vector[N] parallax; // milliarcseconds; may be negative
}
parameters {
  real<lower=0> scale; // length scale of the stellar density, kiloparsecs
  vector<lower=0>[N] distance; // kiloparsecs
}
model {
  scale ~ lognormal(-1, 0.5);
  distance ~ gamma(3, 1 / scale);
  parallax ~ normal(1 / distance, se);
}
