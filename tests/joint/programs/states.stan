// A hidden Markov model, its states summed out by the forward recursion.
data {
  int<lower=1> T;
  int<lower=1> K;
  vector[T] y;
}
parameters {
  simplex[K] start;
  array[K] simplex[K] move;
  ordered[K] mu;
}
model {
  mu ~ normal(0, 3);
  for (k in 1:K) move[k] ~ dirichlet(rep_vector(2, K));
  {
    array[K] real acc;
    array[T, K] real gamma;
    for (k in 1:K) gamma[1, k] = log(start[k]) + normal_lpdf(y[1] | mu[k], 1);
    for (t in 2:T) {
      for (k in 1:K) {
        for (j in 1:K) acc[j] = gamma[t - 1, j] + log(move[j, k]) + normal_lpdf(y[t] | mu[k], 1);
        gamma[t, k] = log_sum_exp(acc);
      }
    }
    target += log_sum_exp(gamma[T]);
  }
}
