// Do migratory birds arrive earlier?
//
// Field: ecology
// Data: for first arrival dates by species and year; Lehikoinen, Sparks and Zalakevicius (2004), "Arrival and
//   departure dates", Advances in Ecological Research 35.
// Idea: a trend for each species around a common one, with heavy tails for freak sightings.
// Shows: robust regression with student_t, varying slopes, a centred time axis in transformed data.
// Tags: outcome real; family student_t; structure regression, trend, robust, varying_intercepts, varying_slopes.

data {
  int<lower=1> S; // species
  int<lower=0> N; // species-years
  array[N] int<lower=1, upper=S> species;
  vector[N] year;
  vector[N] day; // of the year
}
transformed data {
  vector[N] decade = (year - mean(year)) / 10;
}
parameters {
  real mu; // mean day
  real beta; // mean change, days a decade
  real<lower=0> tau;
  real<lower=0> tau_beta;
  vector<offset=mu, multiplier=tau>[S] a;
  vector<offset=beta, multiplier=tau_beta>[S] b;
  real<lower=0> sigma;
  real<lower=2> nu;
}
model {
  mu ~ normal(105, 10);
  beta ~ normal(0, 3);
  tau ~ normal(0, 10);
  tau_beta ~ normal(0, 2);
  a ~ normal(mu, tau);
  b ~ normal(beta, tau_beta);
  sigma ~ normal(0, 5);
  nu ~ gamma(2, 0.1);
  day ~ student_t(nu, a[species] + b[species] .* decade, sigma);
}
generated quantities {
  int earlier = 0; // species with a negative trend
  for (s in 1:S) {
    earlier += b[s] < 0;
  }
}
