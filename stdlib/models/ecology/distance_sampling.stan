// Detection that falls off with the distance from a line
//
// Field: ecology
// Data: for perpendicular distances of animals seen from transects; Buckland et al. (2001), Introduction to
//   Distance Sampling, chapter 3.
// Idea: animals lie anywhere alike, those far off are missed; so the distances of the seen ones are half-normal,
//   cut off at the width of the strip. The scale depends on the size of the group.
// Shows: truncation with a scale that varies by observation, an effective strip width from Phi.
// Tags: outcome positive; family normal; structure truncation, heteroskedastic.

data {
  int<lower=0> N; // groups seen
  real<lower=0> width; // of the strip on one side, metres
  vector<lower=0, upper=width>[N] distance; // metres
  array[N] int<lower=1> animals; // in the group
}
transformed data {
  vector[N] log_animals = log(to_vector(animals));
}
parameters {
  real log_scale; // log metres, for a single animal
  real<lower=0> b_animals; // large groups are seen from farther away
}
transformed parameters {
  vector[N] sigma = exp(log_scale + b_animals * log_animals);
}
model {
  log_scale ~ normal(3, 0.4);
  b_animals ~ normal(0, 0.3);
  for (n in 1:N) {
    distance[n] ~ normal(0, sigma[n]) T[0, width];
  }
}
generated quantities {
  real strip = exp(log_scale)
      * sqrt(2 * pi())
      * (Phi(width / exp(log_scale)) - 0.5); // effective, for a single animal
}
