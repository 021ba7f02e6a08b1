// Predator and prey as differential equations
//
// Field: ecology
// Data: for yearly indices of prey and predator, as the pelts of hare and lynx of the Hudson's Bay Company; Lotka
//   (1925), Elements of Physical Biology; Volterra (1926).
// Idea: prey grow and are eaten, predators starve and eat; both are seen with multiplicative error.
// Shows: ode_rk45 with a user-defined system, an array of vectors as solution, lognormal noise on both columns.
// Tags: outcome positive, multivariate; family lognormal; structure ode.

functions {
  // z: prey and predators; rates alpha (growth), beta (predation), gamma (starvation), delta (conversion)
  vector lotka_volterra(real t, vector z, real alpha, real beta, real gamma, real delta) {
    return [(alpha - beta * z[2]) * z[1], (delta * z[1] - gamma) * z[2]]';
  }
}
data {
  int<lower=1> T; // years
  array[T] real<lower=0> ts; // years since the start
  array[T] vector<lower=0>[2] y; // thousands
}
parameters {
  real<lower=0> alpha;
  real<lower=0> beta;
  real<lower=0> gamma;
  real<lower=0> delta;
  vector<lower=0>[2] z0; // at the start
  vector<lower=0>[2] sigma;
}
transformed parameters {
  array[T] vector[2] z = ode_rk45(lotka_volterra, z0, 0, ts, alpha, beta, gamma, delta);
}
model {
  alpha ~ lognormal(-0.6, 0.2);
  beta ~ lognormal(-3.5, 0.2);
  gamma ~ lognormal(-0.2, 0.2);
  delta ~ lognormal(-3.7, 0.2);
  z0 ~ lognormal(log(20), 0.5);
  sigma ~ lognormal(-1.5, 0.5);
  for (t in 1:T) {
    y[t] ~ lognormal(log(z[t]), sigma);
  }
}
