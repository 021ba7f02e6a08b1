// The life of ball bearings: Weibull or lognormal?
//
// Field: reliability
// Data: millions of revolutions until 23 deep-groove ball bearings failed; Lieblein and Zelen (1956), "Statistical
//   investigation of the fatigue life of deep-groove ball bearings".
// Idea: two families for one sample, each as likely beforehand; Dumonceaux and Antle (1973), "Discrimination between
//   the lognormal and the Weibull distributions", Technometrics 15.
// Shows: a mixture of whole models by log_mix, parameters of both with comparable priors.
// Tags: outcome survival; family weibull, lognormal; structure mixture, comparison.

data {
  int<lower=1> N; // bearings
  vector<lower=0>[N] cycles; // millions of revolutions
}
parameters {
  real mu; // log of the median
  real<lower=0> sigma; // standard deviation of the log
}
transformed parameters {
  // a Weibull with the same median and the same standard deviation of the logarithm
  real shape = pi() / (sqrt(6) * sigma);
  real scale = exp(mu) / log(2) ^ (1 / shape);
}
model {
  mu ~ normal(4, 1);
  sigma ~ lognormal(-0.7, 0.5);
  target += log_mix(0.5, weibull_lpdf(cycles | shape, scale), lognormal_lpdf(cycles | mu, sigma));
}
generated quantities {
  real prob_weibull = inv_logit(
      weibull_lpdf(cycles | shape, scale) - lognormal_lpdf(cycles | mu, sigma)
    );
}
