// A substance that forms and goes on to react
//
// Field: chemistry
// Data: concentrations of three substances while A turns into B and B into C; Box and Draper (1965), "The Bayesian
//   estimation of common parameters from several responses", Biometrika 52.
// Idea: first-order kinetics as differential equations, relative errors of measurement.
// Shows: ode_rk45 with parameters passed as arguments, a multivariate outcome over time.
// Tags: outcome positive; family lognormal; structure ode, decay.

functions {
  vector kinetics(real t, vector c, real k1, real k2) {
    return [-k1 * c[1], k1 * c[1] - k2 * c[2], k2 * c[2]]';
  }
}
data {
  int<lower=1> T; // times of sampling
  array[T] vector<lower=0>[3] c; // moles per litre
}
transformed data {
  array[T] real time = linspaced_array(T, 0.5, 6); // hours
  vector[3] c0 = [1, 0, 0]';
}
parameters {
  real<lower=0> k1; // per hour
  real<lower=0> k2; // per hour
  real<lower=0> sigma;
}
model {
  array[T] vector[3] mu = ode_rk45(kinetics, c0, 0, time, k1, k2);
  k1 ~ lognormal(-0.7, 0.5);
  k2 ~ lognormal(-1.2, 0.5);
  sigma ~ lognormal(-2.5, 0.4);
  for (t in 1:T) {
    c[t] ~ lognormal(log(mu[t]), sigma);
  }
}
generated quantities {
  real time_of_peak = log(k1 / k2) / (k1 - k2); // of B, hours
}
