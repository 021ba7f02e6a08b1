// Absorption and elimination of an oral dose
//
// Field: pharmacology
// Data: plasma concentrations of subjects after one oral dose, as the theophylline study of Upton in Boeckmann,
//   Sheiner and Beal (1994), NONMEM Users Guide.
// Idea: one compartment with first-order absorption, its solution in closed form; absorption, clearance and volume
//   vary lognormally between subjects.
// Shows: a population model with individual parameters in a matrix, non-centred.
// Tags: outcome positive; family lognormal; structure hierarchical, decay, growth_curve.

data {
  int<lower=1> P; // subjects
  int<lower=1> T; // samples of each
  vector<lower=0>[P] dose; // milligrams
  vector<lower=0>[T] time; // hours
  array[P] vector<lower=0>[T] conc; // milligrams per litre
}
parameters {
  vector[
    3
  ] mu; // log clearance (litres an hour), log volume (litres), log of what absorption exceeds elimination by (per hour)
  vector<lower=0>[3] omega;
  matrix[3, P] z;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[3, P] theta = exp(rep_matrix(mu, P) + diag_pre_multiply(omega, z));
}
model {
  mu ~ normal([1, 3.4, 0]', [0.3, 0.3, 0.3]');
  omega ~ normal(0, 0.3);
  to_vector(z) ~ std_normal();
  sigma ~ normal(0, 0.2);
  for (p in 1:P) {
    real k = theta[1, p] / theta[2, p]; // elimination
    real ka = k + theta[3, p]; // absorption; faster, or the two could change roles
    vector[T] mean_conc = dose[p]
        / theta[2, p]
        * ka
        / (ka - k)
        * (exp(-k * time) - exp(-ka * time));
    conc[p] ~ lognormal(log(mean_conc), sigma);
  }
}
