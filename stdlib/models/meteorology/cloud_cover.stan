// Eighths of the sky
//
// Field: meteorology
// Data: cloud cover in oktas (0 to 8) at several stations by month; Falls (1974), "The beta distribution: a
//   statistical model for world cloud cover", Journal of Geophysical Research 79.
// Idea: the share of the sky under cloud is beta with a mean by month and station; eighths of it are beta-binomial,
//   which has the U shape of clear and overcast skies.
// Shows: a harmonic computed for months and indexed by observations, beta_binomial with few trials.
// Tags: outcome bounded; family beta_binomial; structure seasonality, varying_intercepts, regression.

data {
  int<lower=1> N; // observations
  int<lower=2> M; // months
  int<lower=1> S; // stations
  array[N] int<lower=1, upper=M> month;
  array[N] int<lower=1, upper=S> station;
  array[N] int<lower=0, upper=8> oktas;
}
transformed data {
  vector[M] angle = 2 * pi() * linspaced_vector(M, 1, M) / M;
  matrix[M, 2] X = [sin(angle)', cos(angle)']';
}
parameters {
  real alpha;
  vector[2] beta;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> kappa; // below 2: skies are mostly clear or overcast
}
model {
  vector[M] season = X * beta;
  vector[N] mu = inv_logit(alpha + season[month] + u[station]);
  alpha ~ normal(0.5, 0.5);
  beta ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  kappa ~ lognormal(0.3, 0.4);
  oktas ~ beta_binomial(8, mu * kappa, (1 - mu) * kappa);
}
