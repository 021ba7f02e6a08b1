// Elimination that saturates
//
// Field: pharmacology
// Data: concentrations of a drug such as phenytoin or alcohol after an intravenous dose; Ludden et al. (1977),
//   "Individualization of phenytoin dosage regimens", Clinical Pharmacology and Therapeutics 21.
// Idea: the enzyme that removes the drug is saturated at high concentrations: Michaelis-Menten elimination.
// Shows: a nonlinear differential equation solved by ode_bdf, relative and constant errors together.
// Tags: outcome positive; family normal; structure ode, decay, heteroskedastic.

functions {
  vector elimination(real t, vector c, real vmax, real km) {
    return -vmax * c ./ (km + c);
  }
}
data {
  int<lower=1> T; // samples
  real<lower=0> c0; // concentration after the dose, milligrams per litre
  vector[T] conc;
}
transformed data {
  array[T] real time = linspaced_array(T, 1, 24); // hours
}
parameters {
  real<lower=0> vmax; // milligrams per litre and hour
  real<lower=0> km; // milligrams per litre
  real<lower=0> sd_constant;
  real<lower=0> sd_relative;
}
model {
  array[T] vector[1] c = ode_bdf(elimination, [c0]', 0, time, vmax, km);
  vector[T] mu;
  for (t in 1:T) {
    mu[t] = c[t, 1];
  }
  vmax ~ lognormal(0, 0.3);
  km ~ lognormal(1.4, 0.4);
  sd_constant ~ normal(0, 0.2);
  sd_relative ~ normal(0, 0.1);
  conc ~ normal(mu, hypot(sd_constant, sd_relative * mu));
}
