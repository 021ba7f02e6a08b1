// Abundance from repeated counts that miss birds
//
// Field: ecology
// Data: for point counts repeated within a season; Royle (2004), "N-mixture models for estimating population size
//   from spatially replicated counts", Biometrics 60.
// Idea: birds present are Poisson, each is counted with probability p; the number present is summed out up to K.
//   The Poisson distribution is cut at K, so a simulator samples the parameters by NUTS.
// Shows: a sum over an integer in a loop, with log_sum_exp over a range that starts at the largest count.
// Tags: outcome counts, count; family poisson_log, binomial; structure mixture, latent_variable, regression.

data {
  int<lower=1> S; // sites
  int<lower=1> V; // visits
  int<lower=0> K; // more birds than there can be
  array[S, V] int<lower=0, upper=K> y;
  vector[S] forest; // standardised
}
parameters {
  real alpha; // log birds at an average site
  real b_forest;
  real<lower=0, upper=1> p; // that a bird present is counted
}
model {
  alpha ~ normal(1.5, 0.5);
  b_forest ~ normal(0, 0.4);
  p ~ beta(2, 2);
  for (s in 1:S) {
    int most = max(y[s]);
    vector[K - most + 1] lp;
    for (n in most:K) {
      lp[n - most + 1] = poisson_log_lpmf(n | alpha + b_forest * forest[s])
        + binomial_lpmf(y[s] | n, p);
    }
    target += log_sum_exp(lp);
  }
}
