// Stars for products from raters who use them differently
//
// Field: marketing
// Data: ratings with one to five stars by reviewers of several products; Ying, Feinberg and Wedel (2006),
//   "Leveraging missing ratings to improve online recommendation systems", Journal of Marketing Research 43.
// Idea: a cumulative logit with the quality of the product and the generosity of the reviewer.
// Shows: ordered_logistic with crossed varying intercepts, both non-centred by multiplier.
// Tags: outcome ordinal; family ordered_logistic; structure crossed, varying_intercepts.

data {
  int<lower=1> N; // ratings
  int<lower=2> K; // stars
  int<lower=1> I; // products
  int<lower=1> J; // reviewers
  array[N] int<lower=1, upper=I> product;
  array[N] int<lower=1, upper=J> reviewer;
  array[N] int<lower=1, upper=K> stars;
}
parameters {
  real<lower=0> sd_quality;
  real<lower=0> sd_generous;
  vector<multiplier=sd_quality>[I] quality;
  vector<multiplier=sd_generous>[J] generous;
  ordered[K - 1] cut;
}
model {
  sd_quality ~ normal(0, 1);
  sd_generous ~ normal(0, 1);
  quality ~ normal(0, sd_quality);
  generous ~ normal(0, sd_generous);
  cut ~ normal(0, 2);
  stars ~ ordered_logistic(quality[product] + generous[reviewer], cut);
}
