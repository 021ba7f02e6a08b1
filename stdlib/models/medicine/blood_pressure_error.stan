// Risk and the pressure that was measured with error
//
// Field: medicine
// Data: for readings of blood pressure and later events; MacMahon et al. (1990), "Blood pressure, stroke, and
//   coronary heart disease", Lancet 335, on regression dilution.
// Idea: the risk depends on the usual pressure; readings vary around it, so a naive slope is too flat.
// Shows: a predictor that is a parameter, repeated readings as a matrix, a logistic outcome.
// Tags: outcome binary, multivariate; family bernoulli_logit, normal; structure measurement_error, latent_variable,
//   regression.

data {
  int<lower=0> N; // patients
  int<lower=1> M; // readings of each
  matrix[N, M] reading; // mm Hg
  vector<lower=0, upper=1>[N] treated;
  array[N] int<lower=0, upper=1> event;
}
parameters {
  real mu; // mean usual pressure
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[N] usual;
  real<lower=0> sigma; // from reading to reading
  real alpha;
  real b_pressure; // per 20 mm Hg
  real b_treated;
}
model {
  mu ~ normal(135, 5);
  tau ~ normal(15, 3);
  usual ~ normal(mu, tau);
  sigma ~ normal(9, 2);
  alpha ~ normal(-1.5, 0.7);
  b_pressure ~ normal(0.5, 0.4);
  b_treated ~ normal(0, 0.5);
  for (m in 1:M) {
    reading[:, m] ~ normal(usual, sigma);
  }
  event ~ bernoulli_logit(alpha + b_pressure * (usual - 135) / 20 + b_treated * treated);
}
