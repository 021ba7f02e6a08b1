// Autoregressive volatility with heavy tails
//
// Field: finance
// Data: weekly log returns of a share, in percent; Tsay (2010), Analysis of Financial Time Series, chapter 3.
// Idea: ARCH(Q): the variance is a weighted sum of past squared returns; Engle (1982), "Autoregressive conditional
//   heteroscedasticity with estimates of the variance of United Kingdom inflation", Econometrica 50.
// Shows: a simplex shares out the total weight over lags, so the variance stays finite by construction.
// Tags: outcome real; family student_t; structure autoregression, heteroskedastic, stochastic_volatility, robust.

data {
  int<lower=1> Q; // lags
  int<lower=Q + 1> T; // weeks
  vector[T] r; // percent
}
parameters {
  real mu;
  real<lower=0> level; // standard deviation in calm weeks
  real<lower=0, upper=1> weight; // of all lags together
  simplex[Q] share; // of each lag
  real<lower=3> nu;
}
model {
  mu ~ normal(0, 0.5);
  level ~ lognormal(0.5, 0.5);
  weight ~ beta(2, 3);
  share ~ dirichlet(rep_vector(2, Q));
  nu ~ gamma(2, 0.1);
  r[1:Q] ~ student_t(nu, mu, level / sqrt(1 - weight));
  for (t in Q + 1:T) {
    real variance_now = square(level);
    for (q in 1:Q) {
      variance_now += weight * share[q] * square(r[t - q] - mu);
    }
    r[t] ~ student_t(nu, mu, sqrt(variance_now));
  }
}
