// Supernovae as standard candles
//
// Field: astronomy
// Data: peak magnitudes of type Ia supernovae with redshift, and stretch and colour of their light curves, all
//   measured with error; March et al. (2011), "Improved constraints on cosmological parameters from type Ia supernova
//   data".
// Idea: magnitudes are standardised by true stretch and colour, which are latent; Tripp (1998), "A two-parameter
//   luminosity correction for type Ia supernovae".
// Shows: a regression on latent covariates with populations of their own.
// Tags: outcome real; family normal; structure measurement_error, latent_variable, regression, hierarchical.

data {
  int<lower=1> N; // supernovae
  real<lower=0> se_stretch;
  real<lower=0> se_colour;
  vector[N] log_z; // log10 of the redshift, from 0.03
  vector[N] stretch_seen;
  vector[N] colour_seen;
  vector[N] magnitude; // at the peak, from 16
}
parameters {
  real zero; // magnitude at redshift 0.03 for average stretch and colour
  real slope; // 5 for a uniform expansion
  real b_stretch;
  real b_colour;
  real<lower=0> sd_colour; // over supernovae
  vector[N] stretch; // standardised
  vector<multiplier=sd_colour>[N] colour;
  real<lower=0> sigma; // scatter that is left
}
model {
  zero ~ normal(0, 0.5);
  slope ~ normal(5, 0.5);
  b_stretch ~ normal(-0.15, 0.1);
  b_colour ~ normal(3, 0.5);
  sd_colour ~ lognormal(-2.3, 0.3);
  stretch ~ std_normal();
  colour ~ normal(0, sd_colour);
  sigma ~ lognormal(-2, 0.4);
  stretch_seen ~ normal(stretch, se_stretch);
  colour_seen ~ normal(colour, se_colour);
  magnitude ~ normal(zero + slope * log_z + b_stretch * stretch + b_colour * colour, sigma);
}
