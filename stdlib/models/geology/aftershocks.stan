// How aftershocks die away
//
// Field: geology
// Data: aftershocks on each day after a large earthquake; Utsu, Ogata and Matsu'ura (1995), "The centenary of the
//   Omori formula for a decay law of aftershock activity".
// Idea: the modified Omori law, rate K / (t + c) ^ p, integrated over each day, beside a background.
// Shows: an integral in closed form with a limit at p = 1 avoided by the prior; overdispersed counts.
// Tags: outcome count; family neg_binomial_2; structure decay.

data {
  int<lower=1> T; // days
  array[T] int<lower=0> shocks;
}
transformed data {
  vector[T + 1] day = linspaced_vector(T + 1, 0, T);
}
parameters {
  real<lower=0> background; // a day
  real<lower=0> K; // aftershocks at unit time
  real<lower=0> c; // days
  real<lower=1> p;
  real<lower=0> phi;
}
transformed parameters {
  vector[T] expected; // of each day
  {
    vector[T + 1] integral = -K / (p - 1) * (day + c) ^ (1 - p);
    expected = background + integral[2:T + 1] - integral[1:T];
  }
}
model {
  background ~ lognormal(-1, 0.5);
  K ~ lognormal(4, 0.5);
  c ~ lognormal(-1.5, 0.5);
  p ~ normal(1.15, 0.1) T[1,];
  phi ~ gamma(4, 0.3);
  shocks ~ neg_binomial_2(expected, phi);
}
