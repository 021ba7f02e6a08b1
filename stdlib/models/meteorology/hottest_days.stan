// The hottest day of the year gets hotter
//
// Field: meteorology
// Data: yearly maxima of daily temperature at several stations; Coles (2001), An Introduction to Statistical
//   Modeling of Extreme Values.
// Idea: Gumbel maxima with a trend in common and a level of each station; a record once in fifty years, then and
//   now.
// Shows: trend and varying intercepts in the location of an extreme value distribution.
// Tags: outcome real; family gumbel; structure trend, varying_intercepts, regression.

data {
  int<lower=1> N; // station-years
  int<lower=1> S; // stations
  array[N] int<lower=1, upper=S> station;
  vector<lower=0, upper=5>[N] decade; // since the start
  vector[N] hottest; // degrees Celsius
}
parameters {
  real mu;
  real<lower=0> tau;
  vector[S] level;
  real trend; // degrees a decade
  real<lower=0> scale;
}
model {
  mu ~ normal(33, 2);
  tau ~ normal(0, 2);
  level ~ normal(mu, tau);
  trend ~ normal(0.2, 0.2);
  scale ~ lognormal(0.5, 0.3);
  hottest ~ gumbel(level[station] + trend * decade, scale);
}
generated quantities {
  vector[2] fifty_years = mu
      + trend * [0, 4]'
      - scale * log(-log(0.98)); // at an average station, at start and after 4 decades
}
