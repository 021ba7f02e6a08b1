// Days with alcohol in a month
//
// Field: public health
// Data: for the number of days of the last 30 on which a person drank, from a survey; many people never drink.
// Idea: abstainers are a class of their own, drinkers differ by a beta distribution: zero-inflated beta-binomial
//   counts; Hall (2000), "Zero-inflated Poisson and binomial regression with random effects", Biometrics 56.
// Shows: log_mix in both branches, a beta-binomial in mean and concentration.
// Tags: outcome bounded; family beta_binomial; structure zero_inflation, regression, survey.

data {
  int<lower=0> N; // people
  int<lower=1> G; // age groups
  array[N] int<lower=1, upper=G> agegroup;
  vector<lower=0, upper=1>[N] male;
  array[N] int<lower=0, upper=30> days;
}
parameters {
  vector<lower=0, upper=1>[G] abstains;
  vector[G] alpha; // logit share of days of drinkers
  real b_male;
  real<lower=0> kappa;
}
model {
  vector[N] mu = inv_logit(alpha[agegroup] + b_male * male);
  abstains ~ beta(2, 4);
  alpha ~ normal(-1, 0.7);
  b_male ~ normal(0, 0.5);
  kappa ~ lognormal(1.5, 0.5);
  for (n in 1:N) {
    real drinker = beta_binomial_lpmf(days[n] | 30, mu[n] * kappa, (1 - mu[n]) * kappa);
    if (days[n] == 0) {
      target += log_mix(abstains[agegroup[n]], 0, drinker);
    } else {
      target += log1m(abstains[agegroup[n]]) + drinker;
    }
  }
}
