// The flow of the Nile
//
// Field: hydrology
// Data: annual flow of the Nile at Aswan, 1871-1970, in 1e8 cubic metres; Cobb (1978), "The problem of the Nile"
//   (Nile, R datasets).
// Idea: a local level model; the level is integrated out by the Kalman filter. Durbin and Koopman (2012), Time Series
//   Analysis by State Space Methods, chapter 2.
// Shows: a user-defined density with a recursion, called with ~.
// Tags: outcome positive; family normal; structure state_space, trend.

functions {
  // Density of y under y[t] = level[t] + noise, level[t + 1] = level[t] + drift, level[1] ~ normal(m1, s1).
  real local_level_lpdf(vector y, real m1, real s1, real sd_level, real sd_noise) {
    real m = m1; // mean and variance of the level given the past
    real P = square(s1);
    real lp = 0;
    for (t in 1:num_elements(y)) {
      real F = P + square(sd_noise);
      real gain = P / F;
      lp += normal_lpdf(y[t] | m, sqrt(F));
      m += gain * (y[t] - m);
      P = P * (1 - gain) + square(sd_level);
    }
    return lp;
  }
}
data {
  int<lower=1> T; // years
  vector[T] flow;
}
parameters {
  real<lower=0> sd_level;
  real<lower=0> sd_noise;
}
transformed parameters {
  real share = square(sd_level)
      / (square(sd_level) + square(sd_noise)); // of the variance that is lasting
}
model {
  sd_level ~ normal(0, 100);
  sd_noise ~ normal(0, 200);
  flow ~ local_level(1000, 500, sd_level, sd_noise);
}
