// Incubation periods in whole days
//
// Field: epidemiology
// Data: for days from a known exposure to the first symptoms; Sartwell (1950), "The distribution of incubation
//   periods of infectious disease", American Journal of Hygiene 51.
// Idea: lognormal times that are recorded as whole days, rounded down; the probability of a day is a difference of
//   distribution functions.
// Shows: a user-defined probability function with a generator of its own.
// Tags: outcome count, survival; structure rounding, regression.

functions {
  // Probability of d whole days.
  real whole_days_lpmf(int d, real mu, real sigma) {
    real below = lognormal_lcdf(d + 1 | mu, sigma);
    return d == 0 ? below : log_diff_exp(below, lognormal_lcdf(d | mu, sigma));
  }
  int whole_days_rng(real mu, real sigma) {
    real t = lognormal_rng(mu, sigma);
    int d = 0;
    while (d + 1 <= t) {
      d += 1;
    }
    return d;
  }
}
data {
  int<lower=0> N; // patients
  int<lower=1> A; // age groups
  array[N] int<lower=1, upper=A> agegroup;
  array[N] int<lower=0> days;
}
parameters {
  vector[A] mu; // log days
  real<lower=0> sigma;
}
model {
  mu ~ normal(1.6, 0.4);
  sigma ~ lognormal(-0.7, 0.3);
  for (n in 1:N) {
    days[n] ~ whole_days(mu[agegroup[n]], sigma);
  }
}
generated quantities {
  vector[A] median_days = exp(mu);
}
