// Is there a hot hand?
//
// Field: sports
// Data: the sequence of hits and misses of one player; Gilovich, Vallone and Tversky (1985), "The hot hand in
//   basketball", Cognitive Psychology 17.
// Idea: two hidden states with different chances to score, which persist; Albert (1993), discussion in the Journal
//   of the American Statistical Association 88.
// Shows: hmm_marginal with a Bernoulli emission, ordered chances against label switching.
// Tags: outcome binary; family bernoulli_logit; structure hidden_markov.

data {
  int<lower=1> T; // shots
  array[T] int<lower=0, upper=1> hit;
}
parameters {
  ordered[2] skill; // log odds when cold and when hot
  vector<lower=0, upper=1>[2] stay; // chance to stay in each state
}
model {
  matrix[2, 2] Gamma = [[stay[1], 1 - stay[1]], [1 - stay[2], stay[2]]];
  vector[2] rho = [0.5, 0.5]';
  matrix[2, T] log_omega;
  skill ~ normal(0, 0.7);
  stay ~ beta(8, 2);
  for (t in 1:T) {
    for (k in 1:2) {
      log_omega[k, t] = bernoulli_logit_lpmf(hit[t] | skill[k]);
    }
  }
  target += hmm_marginal(log_omega, Gamma, rho);
}
