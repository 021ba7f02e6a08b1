// Hurricanes and the temperature of two oceans
//
// Field: meteorology
// Data: Atlantic hurricanes of each year with the index of El Niño and the sea surface temperature; Elsner and
//   Jagger (2006), "Prediction models for annual U.S. hurricane counts", Journal of Climate 19.
// Idea: Poisson regression on the two indices, beside a level that drifts from year to year as an autoregression.
// Shows: a latent AR(1) in a count model, non-centred, with its stationary start.
// Tags: outcome count; family poisson_log; structure regression, autoregression, latent_variable, state_space.

data {
  int<lower=2> T; // years
  vector[T] nino; // standardised
  vector[T] sst; // standardised
  array[T] int<lower=0> hurricanes;
}
parameters {
  real alpha;
  real b_nino;
  real b_sst;
  real<lower=0, upper=1> rho;
  real<lower=0> sigma;
  vector[T] z;
}
transformed parameters {
  vector[T] u; // level of each year, from the mean
  u[1] = sigma / sqrt(1 - square(rho)) * z[1];
  for (t in 2:T) {
    u[t] = rho * u[t - 1] + sigma * z[t];
  }
}
model {
  alpha ~ normal(1.8, 0.3);
  b_nino ~ normal(-0.2, 0.2);
  b_sst ~ normal(0.2, 0.2);
  rho ~ beta(3, 3);
  sigma ~ lognormal(-1.8, 0.4);
  z ~ std_normal();
  hurricanes ~ poisson_log(alpha + b_nino * nino + b_sst * sst + u);
}
