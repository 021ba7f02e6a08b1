// The lifetime of the muon
//
// Field: physics
// Data: delays between the stop of a muon and its decay, with accidental coincidences, a teaching experiment;
//   Melissinos and Napolitano (2003), Experiments in Modern Physics.
// Idea: a mixture of exponential decays and a uniform background within the window of the electronics, which is so
//   long that decays after it can be neglected.
// Shows: log_mix of two families in a loop, a known bound in one of them.
// Tags: outcome positive; family exponential, uniform; structure mixture, decay.

data {
  int<lower=1> N; // events
  real<lower=0> window; // microseconds
  vector<lower=0>[N] delay; // microseconds
}
parameters {
  real<lower=0, upper=1> signal; // share of the events that are decays
  real<lower=0> lifetime; // microseconds
}
model {
  signal ~ beta(8, 2);
  lifetime ~ lognormal(0.7, 0.3);
  for (n in 1:N) {
    target += log_mix(
      signal,
      exponential_lpdf(delay[n] | 1 / lifetime),
      uniform_lpdf(delay[n] | 0, window)
    );
  }
}
