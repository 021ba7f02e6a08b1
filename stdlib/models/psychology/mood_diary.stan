// How long moods last
//
// Field: psychology
// Data: for daily ratings of mood; Jongerling, Laurenceau and Hamaker (2015), "A multilevel AR(1) model: allowing
//   for inter-individual differences in trait-scores, inertia, and innovation variance", Multivariate Behavioral
//   Research 50.
// Idea: each person has a usual mood and an inertia, the first day starts from the stationary distribution.
// Shows: an autoregression in rows of a matrix, a bounded parameter by person with a beta prior.
// Tags: outcome real; family normal; structure autoregression, varying_intercepts, varying_slopes.

data {
  int<lower=1> J; // persons
  int<lower=2> T; // days
  matrix[J, T] mood; // on a scale whose middle is 5
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[J] usual;
  vector<lower=0, upper=1>[J] inertia;
  real<lower=0> sigma;
}
model {
  mu ~ normal(5, 0.5);
  tau ~ normal(0, 1);
  usual ~ normal(mu, tau);
  inertia ~ beta(3, 5);
  sigma ~ normal(0.8, 0.2);
  for (j in 1:J) {
    mood[j, 1] ~ normal(usual[j], sigma / sqrt(1 - square(inertia[j])));
    for (t in 2:T) {
      mood[j, t] ~ normal(usual[j] + inertia[j] * (mood[j, t - 1] - usual[j]), sigma);
    }
  }
}
