// The wind at several masts
//
// Field: meteorology
// Data: hourly wind speeds at measuring masts with the season, as in wind resource assessment; Justus et al. (1978),
//   "Methods for estimating wind speed frequency distributions", Journal of Applied Meteorology 17.
// Idea: Weibull speeds, one shape for a climate, scales by mast and season; power goes with the cube of the speed.
// Shows: a Weibull regression, a moment by the gamma function in generated quantities.
// Tags: outcome positive; family weibull; structure regression, varying_intercepts, seasonality.

data {
  int<lower=1> N; // hours
  int<lower=1> S; // masts
  array[N] int<lower=1, upper=S> mast;
  vector<lower=0, upper=1>[N] season; // time of the year
  vector<lower=0>[N] speed; // metres per second
}
transformed data {
  matrix[N, 2] X = [sin(2 * pi() * season)', cos(2 * pi() * season)']';
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[S] log_scale;
  vector[2] beta;
  real<lower=0> shape;
}
model {
  mu ~ normal(2, 0.3);
  tau ~ normal(0, 0.3);
  log_scale ~ normal(mu, tau);
  beta ~ normal(0, 0.2);
  shape ~ normal(2, 0.3);
  speed ~ weibull(shape, exp(log_scale[mast] + X * beta));
}
generated quantities {
  vector[S] power = 0.5
      * 1.2
      * exp(3 * log_scale)
      * tgamma(1 + 3 / shape); // watts per square metre
}
