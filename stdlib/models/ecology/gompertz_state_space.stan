// Density dependence in a time series of counts
//
// Field: ecology
// Data: for yearly indices of abundance of one population; Dennis et al. (2006), "Estimating density dependence,
//   process noise, and observation error", Ecological Monographs 76.
// Idea: log abundance is an autoregression that is not seen; its stationary distribution starts it.
// Shows: a state-space model with the states as parameters, a loop over time, and a bound that keeps it stationary.
// Tags: outcome positive; family lognormal; structure state_space, autoregression, measurement_error.

data {
  int<lower=2> T; // years
  vector<lower=0>[T] y; // index of abundance
}
parameters {
  real<lower=0, upper=1> c; // 1: no density dependence
  real mu; // log abundance in equilibrium
  real<lower=0> sigma_process;
  real<lower=0> sigma_obs;
  vector[T] x; // log abundance
}
model {
  c ~ beta(2, 2);
  mu ~ normal(3, 1);
  sigma_process ~ lognormal(-1.5, 0.4);
  sigma_obs ~ lognormal(-1.5, 0.4);
  x[1] ~ normal(mu, sigma_process / sqrt(1 - square(c)));
  for (t in 2:T) {
    x[t] ~ normal(mu + c * (x[t - 1] - mu), sigma_process);
  }
  y ~ lognormal(x, sigma_obs);
}
