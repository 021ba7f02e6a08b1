// Quiet and active decades of the earth
//
// Field: geology
// Data: earthquakes of magnitude 7 or more in each year of 1900-2006 (US Geological Survey); Zucchini and MacDonald
//   (2009), Hidden Markov Models for Time Series, table 1.1.
// Idea: a Poisson rate that follows a hidden Markov chain.
// Shows: the forward algorithm in a user-defined density, positive_ordered rates, an array of simplexes.
// Tags: outcome count; family poisson; structure hidden_markov.

functions {
  // Log likelihood of the counts y: rates lambda, rows of Gamma are transition probabilities, start in any state alike.
  real poisson_hmm_lpmf(array[] int y, vector lambda, array[] vector Gamma) {
    int K = size(lambda);
    vector[K] log_alpha = rep_vector(-log(K), K);
    matrix[K, K] log_Gamma; // [from, to]
    for (k in 1:K) {
      log_Gamma[k] = log(Gamma[k])';
      log_alpha[k] += poisson_lpmf(y[1] | lambda[k]);
    }
    for (t in 2:size(y)) {
      vector[K] next;
      for (k in 1:K) {
        next[k] = log_sum_exp(log_alpha + log_Gamma[:, k]) + poisson_lpmf(y[t] | lambda[k]);
      }
      log_alpha = next;
    }
    return log_sum_exp(log_alpha);
  }
}
data {
  int<lower=1> T; // years
  int<lower=1> K; // hidden states
  array[T] int<lower=0> y;
}
parameters {
  positive_ordered[K] lambda; // mean count in each state
  array[K] simplex[K] Gamma; // Gamma[i, j]: from state i to state j
}
model {
  lambda ~ gamma(4, 0.2);
  for (k in 1:K) {
    vector[K] stay = rep_vector(1, K);
    stay[k] = 5; // states last for years
    Gamma[k] ~ dirichlet(stay);
  }
  y ~ poisson_hmm(lambda, Gamma);
}
