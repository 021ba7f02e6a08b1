// Regression of offspring on their parents
//
// Field: genetics
// Data: for a trait of children and the mean of their parents, several children a family; Galton (1886),
//   "Regression towards mediocrity in hereditary stature", Journal of the Anthropological Institute 15.
// Idea: the slope on the mid-parent value is the heritability; brothers and sisters share more than that.
// Shows: varying intercepts around a regression on a group-level predictor, a slope with a beta prior.
// Tags: outcome real; family normal; structure regression, varying_intercepts.

data {
  int<lower=1> F; // families
  int<lower=0> N; // children
  array[N] int<lower=1, upper=F> family;
  vector[F] midparent; // standardised
  vector[N] trait; // in the same units
}
parameters {
  real alpha;
  real<lower=0, upper=1> h2; // heritability
  real<lower=0> tau;
  vector<multiplier=tau>[F] u;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 0.3);
  h2 ~ beta(2, 2);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  sigma ~ normal(0.7, 0.2);
  trait ~ normal((alpha + h2 * midparent + u)[family], sigma);
}
