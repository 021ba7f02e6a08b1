// When was a settlement lived in?
//
// Field: history
// Data: calibrated radiocarbon dates of finds from one settlement with their errors; Buck, Cavanagh and Litton
//   (1996), Bayesian Approach to Interpreting Archaeological Data.
// Idea: true dates are uniform between beginning and end of the phase, which the scatter of the dates would
//   exaggerate.
// Shows: latent quantities whose bounds are parameters.
// Tags: outcome real; family normal; structure latent_variable, measurement_error, hierarchical.

data {
  int<lower=1> N; // finds
  vector<lower=20>[N] se; // years
  vector[N] measured; // years AD
}
parameters {
  real begin; // of the settlement, years AD
  real<lower=0> duration; // years
  vector<lower=begin, upper=begin + duration>[N] date; // true
}
model {
  begin ~ normal(800, 100);
  duration ~ gamma(3, 0.02);
  date ~ uniform(begin, begin + duration);
  measured ~ normal(date, se);
}
generated quantities {
  real end = begin + duration;
}
