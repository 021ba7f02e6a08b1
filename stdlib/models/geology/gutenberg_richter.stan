// Small and large earthquakes
//
// Field: geology
// Data: magnitudes of the earthquakes of several regions above the magnitude from which the catalogue is complete;
//   Gutenberg and Richter (1944), "Frequency of earthquakes in California".
// Idea: magnitudes above the cut are exponential; Aki (1965), "Maximum likelihood estimate of b in the formula log N
//   = a - bM". Given in steps of 0.1 they are geometric; regions have b-values around a common one.
// Shows: rounding taken into account exactly: a geometric distribution as the negative binomial of shape one.
// Tags: outcome count; family neg_binomial; structure rounding, hierarchical, varying_intercepts.

data {
  int<lower=1> N; // earthquakes
  int<lower=1> R; // regions
  real<lower=0> width; // to which magnitudes are rounded
  array[N] int<lower=1, upper=R> region;
  array[N] int<lower=0> steps; // magnitude above the smallest that is complete, in units of width
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[R] log_b;
}
transformed parameters {
  vector[R] b = exp(log_b); // how many times rarer each magnitude is, in powers of ten
}
model {
  mu ~ normal(0, 0.2);
  tau ~ normal(0, 0.3);
  log_b ~ normal(mu, tau);
  steps ~ neg_binomial(1, expm1(b[region] * log(10) * width));
}
