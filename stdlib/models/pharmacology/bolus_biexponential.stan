// Distribution and elimination after an injection
//
// Field: pharmacology
// Data: plasma concentrations of volunteers after an intravenous dose, as the indomethacin study of Kwan et al.
//   (1976), used by Davidian and Giltinan (1995), Nonlinear Models for Repeated Measurement Data.
// Idea: two compartments: a sum of two exponentials, the fast one told apart by a positive difference of rates.
// Shows: log_sum_exp of two decays, subject levels as one random effect.
// Tags: outcome positive; family lognormal; structure decay, varying_intercepts, hierarchical.

data {
  int<lower=1> P; // volunteers
  int<lower=1> T; // samples of each
  vector<lower=0>[T] time; // hours
  array[P] vector<lower=0>[T] conc; // micrograms per millilitre
}
parameters {
  vector[2] log_amount; // of the fast and the slow part at time zero
  real<lower=0> slow; // rate per hour
  real<lower=0> gap; // by how much the other rate is larger
  real<lower=0> tau;
  vector<multiplier=tau>[P] u;
  real<lower=0> sigma;
}
model {
  log_amount ~ normal([1, -0.5]', 0.5);
  slow ~ lognormal(-1.5, 0.4);
  gap ~ lognormal(0.7, 0.4);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau);
  sigma ~ normal(0, 0.2);
  for (p in 1:P) {
    for (t in 1:T) {
      real fast_part = log_amount[1] - (slow + gap) * time[t];
      real slow_part = log_amount[2] - slow * time[t];
      conc[p, t] ~ lognormal(u[p] + log_sum_exp(fast_part, slow_part), sigma);
    }
  }
}
generated quantities {
  real half_life = log(2) / slow; // hours
}
