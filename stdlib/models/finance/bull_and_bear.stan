// Calm and nervous markets
//
// Field: finance
// Data: weekly returns of a share index, in percent; Rydén, Teräsvirta and Åsbrink (1998), "Stylized facts of daily
//   return series and the hidden Markov model", Journal of Applied Econometrics 13.
// Idea: two hidden states with their own mean and volatility, which persist; Hamilton (1989), "A new approach to the
//   economic analysis of nonstationary time series and the business cycle", Econometrica 57.
// Shows: the forward recursion with the list of log probabilities replaced in each turn.
// Tags: outcome real; family normal; structure hidden_markov, stochastic_volatility.

data {
  int<lower=1> T; // weeks
  vector[T] r; // percent
}
parameters {
  vector[2] mu; // mean return in each state
  positive_ordered[2] sigma; // the first state is the calm one
  array[2] simplex[2] Gamma; // Gamma[i, j]: from state i to state j
}
model {
  vector[2] lp; // log joint density of the returns so far and the state
  matrix[2, 2] log_Gamma;
  mu ~ normal(0, 0.3);
  sigma ~ lognormal(0.5, 0.5);
  Gamma[1] ~ dirichlet([18, 2]');
  Gamma[2] ~ dirichlet([2, 18]');
  for (k in 1:2) {
    log_Gamma[k] = log(Gamma[k])';
    lp[k] = log(0.5) + normal_lpdf(r[1] | mu[k], sigma[k]);
  }
  for (t in 2:T) {
    vector[2] next;
    for (k in 1:2) {
      next[k] = log_sum_exp(lp + log_Gamma[:, k]) + normal_lpdf(r[t] | mu[k], sigma[k]);
    }
    lp = next;
  }
  target += log_sum_exp(lp);
}
