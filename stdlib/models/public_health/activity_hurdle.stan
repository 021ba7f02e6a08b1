// Minutes of exercise, which are often none
//
// Field: public health
// Data: for minutes of vigorous activity in a week by person, as in health interview surveys.
// Idea: a hurdle: whether a person exercises at all, and how long if so; Cragg (1971), "Some statistical models for
//   limited dependent variables with application to the demand for durable goods", Econometrica 39.
// Shows: a point mass at zero beside a lognormal density, in a branch on the outcome.
// Tags: outcome positive; family lognormal, bernoulli_logit; structure hurdle, regression, varying_intercepts.

data {
  int<lower=0> N; // people
  int<lower=1> R; // regions
  array[N] int<lower=1, upper=R> region;
  vector[N] age; // years
  vector<lower=0>[N] minutes; // a week
}
transformed data {
  vector[N] decades = (age - 45) / 10;
}
parameters {
  vector[2] alpha; // logit of any exercise, log minutes
  vector[2] beta; // per ten years of age
  real<lower=0> tau;
  vector<multiplier=tau>[R] u;
  real<lower=0> sigma;
}
model {
  vector[N] eta = alpha[1] + beta[1] * decades + u[region];
  vector[N] mu = alpha[2] + beta[2] * decades;
  alpha[1] ~ normal(0.5, 0.7);
  alpha[2] ~ normal(4.2, 0.3);
  beta ~ normal(0, 0.3);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  sigma ~ normal(0.7, 0.1);
  for (n in 1:N) {
    if (minutes[n] == 0) {
      target += bernoulli_logit_lpmf(0 | eta[n]);
    } else {
      target += bernoulli_logit_lpmf(1 | eta[n]) + lognormal_lpdf(minutes[n] | mu[n], sigma);
    }
  }
}
