// Where /d/ becomes /t/
//
// Field: linguistics
// Data: for identifications of sounds along a continuum, in two lexical frames; Ganong (1980), "Phonetic
//   categorization in auditory word perception", Journal of Experimental Psychology: Human Perception and
//   Performance 6.
// Idea: the boundary of each listener moves towards the sound that makes a word; responses beyond that are
//   overdispersed.
// Shows: a logistic curve written by its boundary, beta-binomial counts.
// Tags: outcome bounded; family beta_binomial; structure regression, varying_intercepts, experiment, dose_response.

data {
  int<lower=1> J; // listeners
  int<lower=0> N; // listener by step
  array[N] int<lower=1, upper=J> listener;
  vector<lower=0>[N] step; // of the continuum
  vector<lower=0, upper=1>[N] word_with_d; // frame that makes a word with /d/, not with /t/
  array[N] int<lower=0> trials;
  array[N] int<lower=0> heard_t;
}
parameters {
  real mu; // mean boundary
  real shift;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[J] boundary;
  real<lower=0> slope;
  real<lower=0> kappa;
}
model {
  vector[N] p = inv_logit(slope * (step - boundary[listener] - shift * word_with_d));
  mu ~ normal(4, 0.5);
  shift ~ normal(0.5, 0.5);
  tau ~ normal(0, 0.7);
  boundary ~ normal(mu, tau);
  slope ~ lognormal(0.2, 0.3);
  kappa ~ lognormal(3, 0.5);
  heard_t ~ beta_binomial(trials, kappa * p, kappa * (1 - p));
}
