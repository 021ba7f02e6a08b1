// The lynx cycle as an autoregression
//
// Field: ecology
// Data: lynx trapped in the Mackenzie River district of Canada in 1821-1934, Elton and Nicholson (1942).
// Idea: AR(2) of log10 counts, Moran (1953), "The statistical analysis of the Canadian lynx cycle".
// Shows: AR(K) for any K given as data, written as the loop that defines it.
// Tags: outcome positive; family normal; structure autoregression.

data {
  int<lower=0> K; // order
  int<lower=K> T; // years
  vector<lower=0>[T] trapped;
}
transformed data {
  vector[T] y = log10(trapped);
}
parameters {
  real alpha;
  vector[K] beta; // coefficient of each lag
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 2);
  beta ~ normal(0, 1);
  sigma ~ normal(0, 1);
  for (t in K + 1:T) {
    real mu = alpha;
    for (k in 1:K) {
      mu += beta[k] * y[t - k];
    }
    y[t] ~ normal(mu, sigma);
  }
}
generated quantities {
  real y_next = alpha; // forecast of the year after the last
  for (k in 1:K) {
    y_next += beta[k] * y[T + 1 - k];
  }
  y_next = normal_rng(y_next, sigma);
}
