// Floods of many gauges
//
// Field: hydrology
// Data: annual maximum discharges of gauging stations with the areas they drain; Stedinger, Vogel and
//   Foufoula-Georgiou (1993), "Frequency analysis of extreme events", in Handbook of Hydrology.
// Idea: Gumbel maxima whose location grows with a power of the area, the index flood, and whose scale is in
//   proportion to it; Dalrymple (1960), Flood-Frequency Analyses.
// Shows: a regional regression for station parameters, return levels in generated quantities.
// Tags: outcome real; family gumbel; structure hierarchical, regression, varying_intercepts.

data {
  int<lower=1> N; // station-years
  int<lower=1> S; // stations
  array[N] int<lower=1, upper=S> station;
  vector[S] log_area; // standardised
  vector[N] flood; // cubic metres per second
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
  real<lower=0> cv; // scale as a share of the location
}
transformed parameters {
  vector[S] location = exp(alpha + beta * log_area + u);
}
model {
  alpha ~ normal(5, 0.5);
  beta ~ normal(0.7, 0.2);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau);
  cv ~ lognormal(-1, 0.3);
  flood ~ gumbel(location[station], cv * location[station]);
}
generated quantities {
  vector[S] flood_100 = location * (1 - cv * log(-log(0.99))); // exceeded once in a hundred years
}
