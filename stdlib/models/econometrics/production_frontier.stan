// How far are farms below the frontier?
//
// Field: econometrics
// Data: log output and log inputs of firms, as the rice farms or utilities of Greene (1990), "A gamma-distributed
//   stochastic frontier model", Journal of Econometrics 46.
// Idea: output falls short of a Cobb-Douglas frontier by one-sided inefficiency and two-sided noise, whose sum is
//   skew normal; Aigner, Lovell and Schmidt (1977), "Formulation and estimation of stochastic frontier production
//   functions".
// Shows: a skewed error in place of two latent ones: skew_normal with a slant that is negative by its bound.
// Tags: outcome real; family skew_normal; structure regression.

data {
  int<lower=1> N; // firms
  vector[N] log_labour; // centred
  vector[N] log_capital; // centred
  vector[N] log_output;
}
parameters {
  real alpha; // log output of an average firm on the frontier
  real<lower=0> b_labour; // elasticities
  real<lower=0> b_capital;
  real<lower=0> sigma; // of noise and inefficiency together
  real<upper=0> slant; // 0: no inefficiency
}
model {
  alpha ~ normal(0, 2);
  b_labour ~ normal(0.6, 0.3);
  b_capital ~ normal(0.4, 0.3);
  sigma ~ exponential(2);
  slant ~ normal(0, 3);
  log_output ~ skew_normal(alpha + b_labour * log_labour + b_capital * log_capital, sigma, slant);
}
generated quantities {
  real returns_to_scale = b_labour + b_capital;
  real mean_inefficiency = -sigma * slant / sqrt(1 + square(slant)) * sqrt(2 / pi());
}
