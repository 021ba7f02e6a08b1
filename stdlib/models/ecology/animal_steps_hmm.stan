// Foraging and travelling in the track of an animal
//
// Field: ecology
// Data: for distances between positions at equal times; Morales et al. (2004), "Extracting more out of relocation
//   data: building movement models as mixtures of random walks", Ecology 85.
// Idea: the animal switches between a slow and a fast behaviour, each with its own gamma distribution of steps.
// Shows: the forward recursion in the model block, an ordered vector on the log scale.
// Tags: outcome positive; family gamma; structure hidden_markov.

data {
  int<lower=1> T; // steps
  vector<lower=0>[T] step; // kilometres an hour
}
parameters {
  ordered[2] log_mean; // log mean step of each behaviour
  vector<lower=0>[2] shape;
  array[2] simplex[2] Gamma; // Gamma[i, j]: from i to j
}
model {
  vector[2] mu = exp(log_mean);
  array[T] vector[2] lp;
  array[2] vector[2] log_Gamma = log(Gamma);
  log_mean ~ normal(0, 1);
  shape ~ gamma(4, 2);
  Gamma[1] ~ dirichlet([9, 1]');
  Gamma[2] ~ dirichlet([1, 9]');
  for (k in 1:2) {
    lp[1, k] = log(0.5) + gamma_lpdf(step[1] | shape[k], shape[k] / mu[k]);
  }
  for (t in 2:T) {
    for (k in 1:2) {
      vector[2] from;
      for (j in 1:2) {
        from[j] = lp[t - 1, j] + log_Gamma[j, k];
      }
      lp[t, k] = log_sum_exp(from) + gamma_lpdf(step[t] | shape[k], shape[k] / mu[k]);
    }
  }
  target += log_sum_exp(lp[T]);
}
