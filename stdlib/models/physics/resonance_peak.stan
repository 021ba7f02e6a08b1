// A peak above a background
//
// Field: physics
// Data: counts in equal bins of energy, as of invariant masses or a gamma spectrum; Barlow (1989), Statistics: a
//   Guide to the Use of Statistical Methods in the Physical Sciences.
// Idea: a Gaussian peak on an exponential background, Poisson counts in every bin.
// Shows: a bin's expectation by differences of Phi, the signal as an amount rather than a height.
// Tags: outcome count; family poisson; structure decay.

data {
  int<lower=1> N; // bins, which share out 0 to 1
  array[N] int<lower=0> counts;
}
transformed data {
  vector[N + 1] edge = linspaced_vector(N + 1, 0, 1);
}
parameters {
  real<lower=0> background; // counts per bin at the left end
  real<lower=0> slope; // of the fall of its logarithm over the range
  real<lower=0> signal; // counts in the peak
  real<lower=0, upper=1> position;
  real<lower=0> width;
}
transformed parameters {
  vector[N + 1] below = Phi((edge - position) / width);
  vector[N] expected = background * exp(-slope * edge[1:N])
      + signal * (below[2:N + 1] - below[1:N]);
}
model {
  background ~ lognormal(4, 0.5);
  slope ~ normal(1, 0.5);
  signal ~ lognormal(5.5, 0.7);
  position ~ beta(5, 5);
  width ~ lognormal(-3, 0.3);
  counts ~ poisson(expected);
}
