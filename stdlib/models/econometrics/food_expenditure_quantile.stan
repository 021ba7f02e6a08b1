// Quantiles of spending on food
//
// Field: econometrics
// Data: incomes and food expenditures of households, as Engel's 235 working-class families of 1857; Koenker and
//   Bassett (1982), "Robust tests for heteroscedasticity based on regression quantiles", Econometrica 50.
// Idea: the asymmetric Laplace likelihood has the regression quantile as its mode; Yu and Moyeed (2001), "Bayesian
//   quantile regression".
// Shows: quantile regression in one statement by skew_double_exponential.
// Tags: outcome real; family skew_double_exponential; structure regression, robust.

data {
  int<lower=1> N; // households
  real<lower=0, upper=1> tau; // which quantile
  vector[N] income; // log, centred
  vector[N] food; // log of the yearly expenditure on food, in francs
}
parameters {
  real alpha;
  real elasticity;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(5.7, 0.5);
  elasticity ~ normal(0.7, 0.3);
  sigma ~ exponential(5);
  food ~ skew_double_exponential(alpha + elasticity * income, sigma, tau);
}
