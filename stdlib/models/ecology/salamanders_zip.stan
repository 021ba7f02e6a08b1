// Salamanders in streams, with more zeros than Poisson
//
// Field: ecology
// Data: for counts at stream sites, some below mines, over repeated samples; design as in Price et al. (2016),
//   "Effects of mountaintop removal mining and valley filling on the occupancy and abundance of stream
//   salamanders".
// Idea: mining may empty a site or thin it out, so it enters both the zero part and the counts; Lambert (1992),
//   "Zero-inflated Poisson regression", Technometrics 34.
// Shows: zero inflation on the logit scale, with bernoulli_logit and poisson_log in one sum of exponentials.
// Tags: outcome count; family poisson_log, bernoulli_logit; structure zero_inflation, regression,
//   varying_intercepts.

data {
  int<lower=1> S; // sites
  int<lower=0> N; // samples
  array[N] int<lower=1, upper=S> site;
  vector<lower=0, upper=1>[N] mined;
  array[N] int<lower=0> y;
}
parameters {
  vector[2] alpha; // logit of an excess zero, log count
  vector[2] b_mined;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
}
model {
  vector[N] eta_zero = alpha[1] + b_mined[1] * mined;
  vector[N] eta = alpha[2] + b_mined[2] * mined + u[site];
  alpha ~ normal(0, 1);
  b_mined ~ normal(0, 1);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  for (n in 1:N) {
    if (y[n] == 0) {
      target += log_sum_exp(
        bernoulli_logit_lpmf(1 | eta_zero[n]),
        bernoulli_logit_lpmf(0 | eta_zero[n]) + poisson_log_lpmf(0 | eta[n])
      );
    } else {
      target += bernoulli_logit_lpmf(0 | eta_zero[n]) + poisson_log_lpmf(y[n] | eta[n]);
    }
  }
}
