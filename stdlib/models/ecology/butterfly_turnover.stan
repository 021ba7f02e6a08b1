// Patches that are colonised and go extinct
//
// Field: ecology
// Data: for yearly surveys of habitat patches with repeated visits; MacKenzie et al. (2003), "Estimating site
//   occupancy, colonization, and local extinction when a species is detected imperfectly", Ecology 84.
// Idea: occupancy of each patch is a two-state Markov chain that is seen through imperfect detection.
// Shows: hmm_marginal with a transition matrix and log densities of the outcomes given each state.
// Tags: outcome counts; family binomial; structure occupancy, hidden_markov.

data {
  int<lower=1> S; // patches
  int<lower=2> T; // years
  int<lower=1> V; // visits a year
  array[S, T] int<lower=0, upper=V> seen; // visits with a detection
}
parameters {
  real<lower=0, upper=1> psi; // occupied in the first year
  real<lower=0, upper=1> gain; // colonisation of an empty patch
  real<lower=0, upper=1> loss; // extinction in an occupied patch
  real<lower=0, upper=1> p; // detection on one visit
}
transformed parameters {
  matrix[2, 2] Gamma = [[1 - gain, gain], [loss, 1 - loss]]; // from and to: empty, occupied
  vector[2] start = [1 - psi, psi]';
}
model {
  psi ~ beta(2, 2);
  gain ~ beta(2, 4);
  loss ~ beta(2, 4);
  p ~ beta(2, 2);
  for (s in 1:S) {
    matrix[2, T] log_omega;
    for (t in 1:T) {
      log_omega[1, t] = binomial_lpmf(seen[s, t] | V, 0);
      log_omega[2, t] = binomial_lpmf(seen[s, t] | V, p);
    }
    target += hmm_marginal(log_omega, Gamma, start);
  }
}
generated quantities {
  real in_equilibrium = gain / (gain + loss);
}
