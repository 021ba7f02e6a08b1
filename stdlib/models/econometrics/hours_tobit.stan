// Hours of paid work, many of them none
//
// Field: econometrics
// Data: weekly hours of married women and household covariates, as in the Panel Study of Income Dynamics; Mroz
//   (1987), "The sensitivity of an empirical model of married women's hours of work", Econometrica 55.
// Idea: desired hours are normal around a line and are seen as zero where they are negative; Tobin (1958),
//   "Estimation of relationships for limited dependent variables", Econometrica 26.
// Shows: censoring from below in a branch: a density where hours are seen, a distribution function where they are
//   not.
// Tags: outcome real; family normal; structure regression, censoring.

data {
  int<lower=1> N; // women
  int<lower=1> K; // covariates
  matrix[N, K] X; // standardised
  vector<lower=0>[N] hours; // tens of hours a week, 0 if out of work
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(1, 2);
  beta ~ normal(0, 1);
  sigma ~ normal(0, 2);
  for (n in 1:N) {
    real desired = alpha + X[n] * beta;
    if (hours[n] == 0) {
      target += normal_lcdf(0 | desired, sigma);
    } else {
      hours[n] ~ normal(desired, sigma);
    }
  }
}
