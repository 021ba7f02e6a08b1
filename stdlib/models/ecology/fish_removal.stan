// How many trout are in the stream, by fishing it three times
//
// Field: ecology
// Data: for catches in successive passes of electrofishing, without putting the fish back; Moran (1951), "A
//   mathematical theory of animal trapping", Biometrika 38; Dorazio, Jelks and Jordan (2005), "Improving
//   removal-based estimates of abundance by sampling a population of spatially distinct subpopulations", Biometrics
//   61.
// Idea: each pass catches a share of those left. If fish present are Poisson, catches are independent Poisson
//   counts with means that fall geometrically.
// Shows: a Poisson distribution thinned in closed form, so that no integer is summed out; a regression on the log
//   scale.
// Tags: outcome count; family poisson_log; structure capture_recapture, regression, varying_intercepts.

data {
  int<lower=1> R; // reaches
  int<lower=1> P; // passes
  array[R, P] int<lower=0> fish; // caught in each pass
  vector[R] cover; // standardised
}
parameters {
  real alpha; // log trout in a reach
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[R] u;
  real<lower=0, upper=1> p; // that a fish present is caught in a pass
}
model {
  vector[R] log_present = alpha + beta * cover + u;
  alpha ~ normal(3, 0.7);
  beta ~ normal(0, 0.4);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  p ~ beta(4, 4);
  for (k in 1:P) {
    fish[:, k] ~ poisson_log(log_present + log(p) + (k - 1) * log1m(p));
  }
}
generated quantities {
  array[R] int left = poisson_log_rng(
      alpha + beta * cover + u + P * log1m(p)
    ); // after the last pass
}
