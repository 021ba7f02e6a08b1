// Heating devices to see them fail
//
// Field: reliability
// Data: times to failure of devices at several temperatures, the test stopped at a fixed time; Meeker and Escobar
//   (1998), Statistical Methods for Reliability Data, chapter 19.
// Idea: log life is linear in the inverse of absolute temperature (Arrhenius), its spread the same at every
//   temperature, so the line leads to the life in use.
// Shows: censoring at the end of the test, extrapolation in generated quantities.
// Tags: outcome survival; family lognormal; structure regression, censoring.

data {
  int<lower=1> N; // devices
  int<lower=1> L; // temperatures of the test
  vector[L] celsius;
  real<lower=0> limit; // end of the test, thousands of hours
  array[N] int<lower=1, upper=L> level;
  vector<lower=0, upper=limit>[N] hours; // thousands; equal to limit if it did not fail
}
transformed data {
  vector[L] x = 11605
      * (inv(celsius + 273.15) - inv(80 + 273.15)); // per electron volt, zero at 80 degrees
}
parameters {
  real alpha; // log median life at 80 degrees
  real<lower=0> energy; // activation energy, electron volts
  real<lower=0> sigma;
}
model {
  alpha ~ normal(1, 0.7);
  energy ~ normal(0.7, 0.2);
  sigma ~ lognormal(-0.3, 0.4);
  for (n in 1:N) {
    real mu = alpha + energy * x[level[n]];
    if (hours[n] == limit) {
      target += lognormal_lccdf(limit | mu, sigma);
    } else {
      hours[n] ~ lognormal(mu, sigma);
    }
  }
}
generated quantities {
  real median_25 = exp(
      alpha + energy * 11605 * (inv(298.15) - inv(353.15))
    ); // thousands of hours at 25 degrees
}
