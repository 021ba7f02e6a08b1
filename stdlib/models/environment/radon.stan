// Radon in the homes of Minnesota: counties with a county-level predictor
//
// Field: environment
// Data: log radon in 919 homes of 85 counties, and county uranium, from the State Residential Radon Survey (EPA);
//   Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, chapter 12.
// Idea: homes within counties; soil uranium explains part of what differs between counties.
// Shows: varying intercepts around a group-level regression, their deviations scaled by multiplier.
// Tags: outcome real; family normal; structure regression, varying_intercepts.

data {
  int<lower=1> N; // homes
  int<lower=1> J; // counties
  array[N] int<lower=1, upper=J> county;
  vector<lower=0, upper=1>[
    N
  ] first_floor; // measured on the first floor rather than in the basement?
  vector[J] log_uranium; // log of the county's soil uranium, ppm
  vector[N] log_radon; // log of pCi/L
}
parameters {
  real gamma0; // log radon in the basement of a county with log uranium 0
  real gamma1; // its slope on log uranium
  real beta; // first floor against basement
  real<lower=0> tau; // standard deviation between counties
  vector<multiplier=tau>[J] eta; // what uranium does not explain of a county's level
  real<lower=0> sigma; // standard deviation between homes of one county
}
transformed parameters {
  vector[J] alpha = gamma0
      + gamma1 * log_uranium
      + eta; // log radon in the basements of each county
}
model {
  gamma0 ~ normal(0, 5);
  gamma1 ~ normal(0, 2);
  beta ~ normal(0, 2);
  tau ~ normal(0, 1);
  sigma ~ normal(0, 1);
  eta ~ normal(0, tau);
  log_radon ~ normal(alpha[county] + beta * first_floor, sigma);
}
generated quantities {
  real intraclass = square(tau)
      / (square(tau) + square(sigma)); // share of the variance that lies between counties
}
