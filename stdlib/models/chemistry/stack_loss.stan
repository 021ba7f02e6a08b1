// Loss of ammonia up the stack
//
// Field: chemistry
// Data: 21 days of a plant that oxidises ammonia to nitric acid; Brownlee (1965), Statistical Theory and Methodology in
//   Science and Engineering (stackloss, R datasets).
// Idea: a few days are outliers, so the noise has heavy tails whose weight is inferred.
// Shows: robust regression with student_t and unknown degrees of freedom, a matrix as data.
// Tags: outcome real; family student_t; structure regression, robust.

data {
  int<lower=0> N; // days
  int<lower=0> K; // predictors
  matrix[N, K] X; // air flow, temperature of the cooling water, concentration of the acid
  vector[N] loss; // tenths of a percent of the ammonia
}
transformed data {
  matrix[N, K] Z; // standardised predictors
  for (k in 1:K) {
    Z[:, k] = (X[:, k] - mean(X[:, k])) / sd(X[:, k]);
  }
}
parameters {
  real alpha;
  vector[K] beta; // per standard deviation
  real<lower=0> sigma;
  real<lower=1> nu; // degrees of freedom
}
model {
  alpha ~ normal(20, 10);
  beta ~ normal(0, 10);
  sigma ~ exponential(0.2);
  nu ~ gamma(2, 0.1);
  loss ~ student_t(nu, alpha + Z * beta, sigma);
}
generated quantities {
  vector[N] log_lik;
  for (n in 1:N) {
    log_lik[n] = student_t_lpdf(loss[n] | nu, alpha + Z[n] * beta, sigma);
  }
}
