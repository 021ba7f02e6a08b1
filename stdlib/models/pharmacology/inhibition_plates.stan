// Inhibition curves on several plates
//
// Field: pharmacology
// Data: responses of wells at a series of concentrations of an inhibitor on several plates; Ritz et al. (2015),
//   "Dose-response analysis using R", PLOS ONE 10.
// Idea: the four-parameter logistic curve, the half-maximal concentration varying between plates.
// Shows: inv_logit in log concentration as the Hill curve, heavy tails for bad wells.
// Tags: outcome real; family student_t; structure dose_response, varying_intercepts, robust.

data {
  int<lower=1> N; // wells
  int<lower=1> P; // plates
  array[N] int<lower=1, upper=P> plate;
  vector[N] log_conc; // log10, from a micromole per litre
  vector[N] response; // percent of control
}
parameters {
  real bottom; // percent
  real top;
  real<lower=0> hill;
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[P] log_ic50; // log10
  real<lower=0> sigma;
  real<lower=2> nu;
}
model {
  bottom ~ normal(0, 5);
  top ~ normal(100, 5);
  hill ~ lognormal(0, 0.3);
  mu ~ normal(0, 0.7);
  tau ~ normal(0, 0.3);
  log_ic50 ~ normal(mu, tau);
  sigma ~ normal(0, 7);
  nu ~ gamma(2, 0.1);
  response ~ student_t(
    nu,
    bottom + (top - bottom) * inv_logit(-hill * log(10) * (log_conc - log_ic50[plate])),
    sigma
  );
}
