// Betas of shares, pooled
//
// Field: finance
// Data: monthly excess returns of shares and of the market, in percent, as in Fama and MacBeth (1973), "Risk,
//   return, and equilibrium: empirical tests", Journal of Political Economy 81.
// Idea: the capital asset pricing model with betas shrunk towards one; Vasicek (1973), "A note on using
//   cross-sectional information in Bayesian estimation of security betas".
// Shows: varying intercepts and slopes over the rows of a matrix, heavy tails, a standard deviation for each share.
// Tags: outcome real; family student_t; structure regression, varying_intercepts, varying_slopes, robust,
//   heteroskedastic.

data {
  int<lower=1> J; // shares
  int<lower=1> T; // months
  vector[T] market; // excess return of the market, percent
  array[J] vector[T] r; // excess returns, percent
}
parameters {
  real<lower=0> sd_alpha;
  vector<multiplier=sd_alpha>[J] alpha; // return beyond what the market explains
  real mean_beta;
  real<lower=0> sd_beta;
  vector<offset=mean_beta, multiplier=sd_beta>[J] beta;
  vector<lower=0>[J] sigma;
  real<lower=2> nu;
}
model {
  sd_alpha ~ normal(0, 0.5);
  alpha ~ normal(0, sd_alpha);
  mean_beta ~ normal(1, 0.3);
  sd_beta ~ normal(0, 0.5);
  beta ~ normal(mean_beta, sd_beta);
  sigma ~ lognormal(1.5, 0.5);
  nu ~ gamma(2, 0.1);
  for (j in 1:J) {
    r[j] ~ student_t(nu, alpha[j] + beta[j] * market, sigma[j]);
  }
}
