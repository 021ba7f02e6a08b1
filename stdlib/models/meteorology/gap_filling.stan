// A temperature record with gaps
//
// Field: meteorology
// Data: anomalies of monthly temperature at a station with missing months, and those of a neighbouring station
//   without; as in Peterson et al. (1998), "Homogeneity adjustments of in situ atmospheric climate data: a review".
// Idea: the missing months are parameters; what they may be follows from the neighbour and from the months around
//   them; Little and Rubin (2002), Statistical Analysis with Missing Data.
// Shows: a vector assembled from data and parameters, then given a density as a whole series.
// Tags: outcome real; family normal; structure missing_data, regression, autoregression.

data {
  int<lower=2> T; // months
  int<lower=0, upper=T> S; // months with a reading
  array[S] int<lower=1, upper=T> seen;
  array[T - S] int<lower=1, upper=T> missing;
  vector[T] neighbour; // anomaly, degrees
  vector[S] y_seen; // anomaly, degrees
}
parameters {
  real alpha;
  real beta;
  real<lower=-1, upper=1> rho;
  real<lower=0> sigma;
  vector[T - S] y_missing;
}
model {
  vector[T] mu = alpha + beta * neighbour;
  vector[T] y;
  y[seen] = y_seen;
  y[missing] = y_missing;
  alpha ~ normal(0, 0.5);
  beta ~ normal(0.8, 0.3);
  rho ~ normal(0.3, 0.3);
  sigma ~ lognormal(-1, 0.5);
  y[1] ~ normal(mu[1], sigma / sqrt(1 - square(rho)));
  for (t in 2:T) {
    y[t] ~ normal(mu[t] + rho * (y[t - 1] - mu[t - 1]), sigma);
  }
}
