// Ages that tombstones round
//
// Field: history
// Data: ages at death given on tombstones or in lists, many of them multiples of ten; A'Hearn, Baten and Crayen
//   (2009), "Quantifying quantitative literacy: age heaping and the history of human capital", Journal of Economic
//   History 69.
// Idea: a stated age is true, or is rounded to the nearest ten with a probability that falls with schooling, so that
//   the likelihood of a multiple of ten sums over all ages that lead to it.
// Shows: rounding as a mixture of two discretisations of a lognormal distribution, user-defined interval
//   probabilities.
// Tags: outcome count; family bernoulli_logit; structure rounding, mixture, regression.

functions {
  // log probability that a lognormal age lies within half of width around a
  real log_interval(real a, real width, real mu, real sigma) {
    return log_diff_exp(
      lognormal_lcdf(a + width / 2 | mu, sigma),
      lognormal_lcdf(fmax(a - width / 2, 0) | mu, sigma)
    );
  }
}
data {
  int<lower=1> N; // people
  vector[N] status; // of the family, standardised
  array[N] int<lower=0> age; // as stated
}
parameters {
  real mu; // log of the median age
  real<lower=0> sigma;
  real alpha; // log odds of rounding to tens
  real beta;
}
model {
  mu ~ normal(4, 0.1);
  sigma ~ lognormal(-1.2, 0.2);
  alpha ~ normal(-0.5, 0.7);
  beta ~ normal(-0.5, 0.3);
  for (n in 1:N) {
    real rounds = alpha + beta * status[n];
    if (age[n] % 10 == 0) {
      target += log_sum_exp(
        bernoulli_logit_lpmf(1 | rounds) + log_interval(age[n], 10, mu, sigma),
        bernoulli_logit_lpmf(0 | rounds) + log_interval(age[n], 1, mu, sigma)
      );
    } else {
      target += bernoulli_logit_lpmf(0 | rounds) + log_interval(age[n], 1, mu, sigma);
    }
  }
}
