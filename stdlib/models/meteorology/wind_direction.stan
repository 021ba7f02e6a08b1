// Land breeze and sea breeze
//
// Field: meteorology
// Data: wind directions at a coast by hour of the day; Mardia and Jupp (2000), Directional Statistics.
// Idea: a von Mises distribution whose mean turns with the hour through a tangent link; Fisher and Lee (1992),
//   "Regression models for an angular response", Biometrics 48.
// Shows: circular regression by von_mises, a concentration that depends on the hour.
// Tags: outcome bounded; family von_mises; structure regression, heteroskedastic, seasonality.

data {
  int<lower=1> N; // observations
  vector<lower=0, upper=24>[N] hour;
  vector<lower=-pi(), upper=pi()>[N] direction; // radians from the north
}
transformed data {
  vector[N] angle = 2 * pi() * hour / 24;
  matrix[N, 2] X = [sin(angle)', cos(angle)']';
}
parameters {
  real<lower=-pi(), upper=pi()> mu; // direction around which it turns
  vector[2] beta;
  real log_kappa;
  vector[2] gamma;
}
model {
  mu ~ von_mises(0, 2);
  beta ~ normal(0, 0.4);
  log_kappa ~ normal(1.2, 0.4);
  gamma ~ normal(0, 0.3);
  direction ~ von_mises(mu + 2 * atan(X * beta), exp(log_kappa + X * gamma));
}
