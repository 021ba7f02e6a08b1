// The river's memory from month to month
//
// Field: hydrology
// Data: monthly volumes of flow in a river, over decades; Thomas and Fiering (1962), "Mathematical synthesis of
//   streamflow sequences", in Design of Water-Resource Systems.
// Idea: a periodic autoregression: each month has its own mean, spread and correlation with the month before,
//   smoothed by a common distribution.
// Shows: parameters indexed by the month of the year, computed with the remainder operator.
// Tags: outcome positive; family lognormal; structure autoregression, seasonality, hierarchical, heteroskedastic.

data {
  int<lower=2> T; // months, from January
  int<lower=2> M; // months of the year
  vector<lower=0>[T] flow; // 1e6 cubic metres
}
parameters {
  real mu;
  real<lower=0> tau;
  vector[M] month_mean; // of log flow
  vector<lower=-1, upper=1>[M] rho; // correlation with the month before
  vector<lower=0>[M] sigma; // standard deviation of log flow
}
model {
  mu ~ normal(3, 1);
  tau ~ lognormal(-0.7, 0.4);
  month_mean ~ normal(mu, tau);
  rho ~ normal(0.6, 0.2);
  sigma ~ lognormal(-0.7, 0.3);
  flow[1] ~ lognormal(month_mean[1], sigma[1]);
  for (t in 2:T) {
    int m = 1 + (t - 1) % M;
    int before = 1 + (t - 2) % M;
    real z = (log(flow[t - 1]) - month_mean[before]) / sigma[before];
    flow[t] ~ lognormal(month_mean[m] + sigma[m] * rho[m] * z, sigma[m] * sqrt(1 - square(rho[m])));
  }
}
