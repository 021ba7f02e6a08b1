// The gravity of trade
//
// Field: econometrics
// Data: yearly exports between pairs of countries with distance and common language, as in Head and Mayer (2014),
//   "Gravity equations: workhorse, toolkit, and cookbook".
// Idea: trade falls with distance; exporters and importers have levels of their own, and the mean is multiplicative
//   while its noise is not normal; Santos Silva and Tenreyro (2006), "The log of gravity".
// Shows: a gamma regression by mean and shape with crossed intercepts that sum to zero.
// Tags: outcome positive; family gamma; structure regression, crossed, varying_intercepts.

data {
  int<lower=1> N; // pairs
  int<lower=2> C; // exporters
  int<lower=2> D; // importers
  array[N] int<lower=1, upper=C> exporter;
  array[N] int<lower=1, upper=D> importer;
  vector[N] log_distance; // standardised
  array[N] int<lower=0, upper=1> same_language;
  vector<lower=0>[N] trade; // billions of dollars
}
parameters {
  real alpha;
  real b_distance;
  real b_language;
  real<lower=0> tau_out; // standard deviation between exporters
  real<lower=0> tau_in; // and between importers
  vector<multiplier=tau_out>[C] out;
  vector<multiplier=tau_in>[D] into;
  real<lower=0> shape;
}
transformed parameters {
  vector[N] mu = exp(
      alpha
        + b_distance * log_distance
        + b_language * to_vector(same_language)
        + out[exporter]
        + into[importer]
    );
}
model {
  alpha ~ normal(0, 1);
  b_distance ~ normal(-0.5, 0.5);
  b_language ~ normal(0, 0.5);
  tau_out ~ normal(0, 0.7);
  tau_in ~ normal(0, 0.7);
  out ~ normal(0, tau_out);
  into ~ normal(0, tau_in);
  shape ~ gamma(3, 1);
  trade ~ gamma(shape, shape / mu);
}
