// What would have happened without the reform?
//
// Field: econometrics
// Data: a yearly outcome of one region with a reform, and of others without, as cigarette sales in California in
//   Abadie, Diamond and Hainmueller (2010), "Synthetic control methods for comparative case studies".
// Idea: before the reform the region resembles a weighted mean of the others, whose continuation is what it is
//   compared with; Brodersen et al. (2015), "Inferring causal impact using Bayesian structural time-series models".
// Shows: weights as a simplex, an effect that builds up after a known time.
// Tags: outcome real; family normal; structure causal, regression, change_point.

data {
  int<lower=2> T; // years
  int<lower=2> D; // regions without the reform
  int<lower=1, upper=T> after; // first year of the reform
  matrix[T, D] others; // standardised
  vector[T] y; // the region with the reform, in the same units
}
transformed data {
  vector[T] since = fmax(linspaced_vector(T, 2 - after, T + 1 - after), 0); // years of the reform
}
parameters {
  real alpha;
  simplex[D] w;
  real effect; // in the long run
  real<lower=0> speed; // per year
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 0.5);
  w ~ dirichlet(rep_vector(0.5, D));
  effect ~ normal(0, 1);
  speed ~ lognormal(-1, 0.5);
  sigma ~ lognormal(-1.5, 0.5);
  y ~ normal(alpha + others * w + effect * (1 - exp(-speed * since)), sigma);
}
