// The onset of conflict, a rare event
//
// Field: political science
// Data: for country-years with and without an onset of civil war; Beck, Katz and Tucker (1998), "Taking time
//   seriously: time-series-cross-section analysis with a binary dependent variable", American Journal of Political
//   Science 42.
// Idea: the risk falls with the years of peace along a cubic polynomial, on a complementary log-log scale.
// Shows: a polynomial in transformed data, inv_cloglog, a group of predictors with its own prior.
// Tags: outcome binary; family bernoulli; structure regression, polynomial, varying_intercepts.

data {
  int<lower=1> C; // countries
  int<lower=0> N; // country-years
  array[N] int<lower=1, upper=C> country;
  vector<lower=0>[N] peace; // years
  vector[N] log_income; // standardised
  array[N] int<lower=0, upper=1> onset;
}
transformed data {
  matrix[N, 3] P;
  for (k in 1:3) {
    P[:, k] = pow(peace / 10, k);
  }
}
parameters {
  real alpha;
  real beta;
  vector[3] gamma;
  real<lower=0> tau;
  vector<multiplier=tau>[C] u;
}
model {
  alpha ~ normal(-3, 0.5);
  beta ~ normal(0, 0.5);
  gamma ~ normal([-0.5, 0, 0]', [0.3, 0.1, 0.05]');
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  onset ~ bernoulli(inv_cloglog(alpha + beta * log_income + P * gamma + u[country]));
}
