// The age of a rock
//
// Field: geology
// Data: ratios of rubidium and strontium isotopes in minerals of one rock with their errors; York (1969), "Least
//   squares fitting of a straight line with correlated errors", Earth and Planetary Science Letters 5.
// Idea: minerals of one age lie on a line whose slope gives the age; both ratios are measured with error, and the
//   rock may scatter more than the errors say.
// Shows: errors in both variables, the age from the slope by the decay constant.
// Tags: outcome real; family normal; structure measurement_error, regression, latent_variable.

data {
  int<lower=2> N; // minerals
  real<lower=0> se_x;
  real<lower=0> se_y;
  vector[N] x; // 87Rb / 86Sr
  vector[N] y; // 87Sr / 86Sr
}
parameters {
  real<lower=0> age; // 1e9 years
  real initial; // 87Sr / 86Sr when the rock formed
  real<lower=0> spread; // of the true ratios
  vector<lower=0>[N] ratio; // true 87Rb / 86Sr
  real<lower=0> extra; // scatter beyond the errors
}
transformed parameters {
  real slope = expm1(0.01397 * age);
}
model {
  age ~ lognormal(0, 0.7);
  initial ~ normal(0.705, 0.005);
  spread ~ lognormal(0, 0.5);
  ratio ~ exponential(1 / spread);
  extra ~ normal(0, 0.0005);
  x ~ normal(ratio, se_x);
  y ~ normal(initial + slope * ratio, hypot(se_y, extra));
}
