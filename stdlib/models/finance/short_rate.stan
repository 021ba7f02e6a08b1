// The short rate of interest
//
// Field: finance
// Data: monthly yields of one-month treasury bills, in percent; Chan, Karolyi, Longstaff and Sanders (1992), "An
//   empirical comparison of alternative models of the short-term interest rate", Journal of Finance 47.
// Idea: the rate is drawn back to a mean, as Vasicek (1977), "An equilibrium characterization of the term
//   structure", has it; here for its logarithm, which keeps the rate positive and its noise proportional.
// Shows: a stochastic differential equation in exact discrete steps; slices of one series as outcome and as
//   predictor.
// Tags: outcome positive; family lognormal; structure autoregression.

data {
  int<lower=2> T; // months
  real<lower=0> dt; // length of a step, years
  vector<lower=0>[T] r; // percent
}
parameters {
  real mean_log; // log of the rate to which it returns
  real<lower=0> kappa; // speed of the return, per year
  real<lower=0> sigma; // volatility, per root of a year
}
transformed parameters {
  real keep = exp(-kappa * dt); // share of a deviation that is left after a month
  real step_sd = sigma * sqrt((1 - square(keep)) / (2 * kappa));
}
model {
  mean_log ~ normal(1.5, 0.5);
  kappa ~ lognormal(-0.5, 0.7);
  sigma ~ lognormal(-1, 0.5);
  r[1] ~ lognormal(mean_log, sigma / sqrt(2 * kappa));
  r[2:T] ~ lognormal(mean_log + keep * (log(r[1:T - 1]) - mean_log), step_sd);
}
