// Days with too much ozone
//
// Field: environment
// Data: whether the hourly maximum of ozone passed a threshold on summer days, with the day's highest temperature;
//   Thompson et al. (2001), "A review of statistical methods for the meteorological adjustment of tropospheric ozone".
// Idea: a logistic curve whose shape is not assumed: a piecewise linear spline with steps shrunk to a straight line.
// Shows: a truncated-line spline basis with equally spaced knots, built from the data.
// Tags: outcome binary; family bernoulli_logit; structure splines, regression.

data {
  int<lower=1> N; // days
  int<lower=1> K; // knots
  vector[N] temperature; // standardised
  array[N] int<lower=0, upper=1> exceeded;
}
transformed data {
  vector[K] knot = linspaced_vector(K, -1.5, 1.5);
  matrix[N, K] basis;
  for (k in 1:K) {
    basis[:, k] = fmax(temperature - knot[k], 0);
  }
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[K] bend; // change of slope at each knot
}
model {
  alpha ~ normal(-1, 1);
  beta ~ normal(1, 0.5);
  tau ~ normal(0, 0.3);
  bend ~ normal(0, tau);
  exceeded ~ bernoulli_logit(alpha + beta * temperature + basis * bend);
}
