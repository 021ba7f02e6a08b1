// A hidden Markov model by the function of the library.
data {
  int<lower=1> N;
  vector[N] y;
}
parameters {
  simplex[2] rho;
  array[2] simplex[2] move;
  ordered[2] m;
}
transformed parameters {
  matrix[2, N] log_omega;
  matrix[2, 2] Gamma;
  for (k in 1:2) {
    Gamma[k] = move[k]';
    for (n in 1:N) log_omega[k, n] = normal_lpdf(y[n] | m[k], 1);
  }
}
model {
  m ~ normal(0, 3);
  target += hmm_marginal(log_omega, Gamma, rho);
}
