// Survival of grafts, with centres that differ
//
// Field: medicine
// Data: for months until a graft fails, from several centres, with the end of the study at a fixed time; Clayton
//   (1978) and Hougaard (2000), Analysis of Multivariate Survival Data, on frailty.
// Idea: log times are linear with normal noise (accelerated failure); patients of a centre share a term.
// Shows: right censoring at a known time in a branch on the outcome, lognormal times.
// Tags: outcome survival; family lognormal; structure censoring, regression, varying_intercepts.

data {
  int<lower=1> C; // centres
  int<lower=0> N; // patients
  array[N] int<lower=1, upper=C> centre;
  vector[N] age; // of the donor, standardised
  real<lower=0> limit; // months of follow-up
  vector<lower=0, upper=limit>[N] months; // `limit`: the graft still worked
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[C] u;
  real<lower=0> sigma;
}
model {
  vector[N] mu = alpha + beta * age + u[centre];
  alpha ~ normal(3.5, 0.5);
  beta ~ normal(0, 0.4);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau);
  sigma ~ normal(1, 0.3);
  for (n in 1:N) {
    if (months[n] >= limit) {
      target += lognormal_lccdf(limit | mu[n], sigma);
    } else {
      months[n] ~ lognormal(mu[n], sigma);
    }
  }
}
