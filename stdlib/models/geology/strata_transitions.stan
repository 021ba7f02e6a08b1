// Which layer follows which
//
// Field: geology
// Data: the sequence of rock types in a section measured upwards, coded 1 to K; Krumbein and Dacey (1969), "Markov
//   chains and embedded Markov chains in geology".
// Idea: a first-order Markov chain, its rows Dirichlet; its long-run shares are what a section of many layers would
//   show.
// Shows: an array of simplexes, the stationary distribution as the solution of a linear system.
// Tags: outcome categorical; family categorical; structure autoregression.

data {
  int<lower=2> T; // layers
  int<lower=2> K; // rock types
  array[T] int<lower=1, upper=K> rock;
}
parameters {
  array[K] simplex[K] P; // P[i, j]: rock j on rock i
}
model {
  for (k in 1:K) {
    P[k] ~ dirichlet(rep_vector(1, K));
  }
  rock[1] ~ categorical(rep_vector(1.0 / K, K));
  for (t in 2:T) {
    rock[t] ~ categorical(P[rock[t - 1]]);
  }
}
generated quantities {
  vector[K] share; // in the long run
  {
    matrix[K, K] A;
    for (k in 1:K) {
      A[:, k] = P[k];
    }
    A = add_diag(A, -1);
    A[K] = rep_row_vector(1, K); // in place of one balance: shares sum to one
    share = A \ append_row(rep_vector(0, K - 1), 1);
  }
}
