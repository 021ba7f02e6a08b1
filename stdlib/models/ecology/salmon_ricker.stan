// Recruits of a salmon stock given its spawners
//
// Field: ecology
// Data: for spawners and the recruits they leave, by river and year; Ricker (1954), "Stock and recruitment",
//   Journal of the Fisheries Research Board of Canada 11.
// Idea: recruits per spawner fall off exponentially with crowding; rivers share a distribution of productivity.
// Shows: a nonlinear mean that is linear on the log scale, lognormal errors, varying intercepts.
// Tags: outcome positive; family lognormal; structure nonlinear, varying_intercepts.

data {
  int<lower=1> R; // rivers
  int<lower=0> N; // river-years
  array[N] int<lower=1, upper=R> river;
  vector<lower=0>[N] spawners; // thousands
  vector<lower=0>[N] recruits; // thousands
}
parameters {
  real alpha; // log recruits per spawner without crowding
  real<lower=0> tau;
  vector<multiplier=tau>[R] a; // river deviations
  real<lower=0> b; // crowding, per thousand spawners
  real<lower=0> sigma; // environment, from year to year
}
model {
  alpha ~ normal(1, 0.5);
  tau ~ normal(0, 0.5);
  a ~ normal(0, tau);
  b ~ lognormal(-0.5, 0.5);
  sigma ~ normal(0, 0.5);
  recruits ~ lognormal(log(spawners) + alpha + a[river] - b * spawners, sigma);
}
generated quantities {
  real best_spawners = 1 / b; // gives the most recruits
}
