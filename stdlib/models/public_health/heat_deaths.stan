// Deaths on cold and on hot days
//
// Field: public health
// Data: for daily deaths and mean temperatures of a city; Gasparrini et al. (2015), "Mortality risk attributable to
//   high and low ambient temperature: a multicountry observational study", Lancet 386.
// Idea: the log rate is a smooth curve of temperature, lowest where it is mild: a truncated power basis, its kinks
//   shrunk.
// Shows: a spline basis made in transformed data, a penalty as a hierarchical prior.
// Tags: outcome count; family poisson_log; structure regression, splines.

data {
  int<lower=0> D; // days
  vector[D] temperature; // degrees Celsius
  array[D] int<lower=0> deaths;
}
transformed data {
  int K = 6; // knots
  vector[K] knot = linspaced_vector(K, min(temperature), max(temperature));
  vector[D] x = (temperature - 18) / 10;
  matrix[D, K] basis;
  for (k in 1:K) {
    basis[:, k] = square(fdim(temperature, knot[k]) / 10);
  }
}
parameters {
  real alpha; // log deaths at 18 degrees
  vector[2] beta;
  real<lower=0> tau;
  vector<multiplier=tau>[K] kink;
}
model {
  alpha ~ normal(3.5, 0.4);
  beta ~ normal(0, 0.1);
  tau ~ normal(0, 0.03);
  kink ~ normal(0, tau);
  deaths ~ poisson_log(alpha + beta[1] * x + beta[2] * square(x) + basis * kink);
}
