// Growth in good times and in bad
//
// Field: econometrics
// Data: quarterly growth of gross national product in percent, as in Potter (1995), "A nonlinear approach to US
//   GNP", Journal of Applied Econometrics 10.
// Idea: a threshold autoregression: what growth does next depends on whether it was above a threshold two quarters
//   ago; Tong (1983), Threshold Models in Non-linear Time Series Analysis.
// Shows: a smooth threshold by inv_logit, which leaves the density differentiable in it.
// Tags: outcome real; family normal; structure autoregression, change_point.

data {
  int<lower=3> T; // quarters
  vector[T] growth; // percent
}
parameters {
  vector[2] alpha; // below and above the threshold
  vector<lower=-1, upper=1>[2] phi;
  real threshold;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0.5, 0.5);
  phi ~ normal(0.3, 0.3);
  threshold ~ normal(0, 0.5);
  sigma ~ normal(0, 1);
  growth[1:2] ~ normal(0.7, 1);
  for (t in 3:T) {
    real above = inv_logit(10 * (growth[t - 2] - threshold));
    growth[t] ~ normal(
      (1 - above) * (alpha[1] + phi[1] * growth[t - 1])
        + above * (alpha[2] + phi[2] * growth[t - 1]),
      sigma
    );
  }
}
