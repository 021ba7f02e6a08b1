// An outbreak of influenza in a closed community
//
// Field: epidemiology
// Data: for the number of pupils in bed on each day, as in "Influenza in a boarding school", British Medical
//   Journal (1978).
// Idea: Kermack and McKendrick (1927): susceptible, infected and recovered people as differential equations.
// Shows: ode_rk45 for three states, counts around one of them, and the reproduction number.
// Tags: outcome count; family neg_binomial_2; structure ode.

functions {
  // Shares that are susceptible, infected, recovered.
  vector sir(real t, vector y, real beta, real gamma) {
    real infections = beta * y[1] * y[2];
    real recoveries = gamma * y[2];
    return [-infections, infections - recoveries, recoveries]';
  }
}
data {
  int<lower=1> T;
  array[T] real<lower=0> days; // since the start
  int<lower=1> N; // people
  array[T] int<lower=0> infected; // on each day
}
transformed data {
  vector[3] start = [1 - 1.0 / N, 1.0 / N, 0]'; // one infected person
}
parameters {
  real<lower=0> beta; // contacts that infect, per day
  real<lower=0> gamma; // recovery rate per day
  real<lower=0> phi_inv; // overdispersion
}
transformed parameters {
  array[T] vector[3] y = ode_rk45(sir, start, 0, days, beta, gamma);
}
model {
  beta ~ lognormal(0.6, 0.3);
  gamma ~ lognormal(-0.8, 0.3);
  phi_inv ~ exponential(10);
  for (t in 1:T) {
    infected[t] ~ neg_binomial_2(N * fmax(y[t, 2], 1e-9), 1 / phi_inv);
  }
}
generated quantities {
  real R0 = beta / gamma;
}
