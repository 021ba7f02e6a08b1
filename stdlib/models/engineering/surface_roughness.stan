// Settings that change the spread as well as the mean
//
// Field: engineering
// Data: roughness of machined surfaces at several feeds and speeds; Nair and Pregibon (1988), "Analyzing dispersion
//   effects from replicated factorial experiments", Technometrics 30.
// Idea: a regression for the mean and one for the logarithm of the standard deviation: good settings are near the
//   target and steady; Taguchi (1986), Introduction to Quality Engineering.
// Shows: one design matrix for location and scale.
// Tags: outcome real; family normal; structure regression, heteroskedastic, experiment, design.

data {
  int<lower=1> N; // pieces
  vector[N] feed; // standardised
  vector[N] speed; // standardised
  vector[N] roughness; // log micrometres
}
transformed data {
  matrix[N, 4] X = [rep_row_vector(1, N), feed', speed', (feed .* speed)']';
}
parameters {
  vector[4] beta;
  vector[4] gamma; // of the log standard deviation
}
model {
  beta ~ normal(0, 0.5);
  gamma ~ normal([-1.5, 0, 0, 0]', 0.3);
  roughness ~ normal(X * beta, exp(X * gamma));
}
