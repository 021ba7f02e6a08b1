// Months from one birth to the next
//
// Field: demography
// Data: for intervals between births of women in villages, censored at the interview; Rodriguez et al. (1984), "A
//   comparative analysis of determinants of birth intervals", World Fertility Survey.
// Idea: a log-logistic accelerated failure time with the months of nursing as predictor and village effects.
// Shows: loglogistic density and distribution function, censoring in a branch on the outcome.
// Tags: outcome survival; family loglogistic; structure censoring, regression, varying_intercepts.

data {
  int<lower=1> V; // villages
  int<lower=0> N; // intervals
  array[N] int<lower=1, upper=V> village;
  vector<lower=0>[N] nursing; // months
  real<lower=0> limit; // months that are observed
  vector<lower=0, upper=limit>[N] months; // `limit`: no birth yet
}
parameters {
  real alpha; // log median without nursing
  real beta; // per year of nursing
  real<lower=0> tau;
  vector<multiplier=tau>[V] u;
  real<lower=1> shape;
}
model {
  vector[N] median_months = exp(alpha + beta * nursing / 12 + u[village]);
  alpha ~ normal(3.3, 0.2);
  beta ~ normal(0.2, 0.1);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau);
  shape ~ normal(4, 1);
  for (n in 1:N) {
    if (months[n] >= limit) {
      target += log1m(loglogistic_cdf(limit | median_months[n], shape));
    } else {
      months[n] ~ loglogistic(median_months[n], shape);
    }
  }
}
