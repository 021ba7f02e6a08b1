// A meteor shower comes and goes
//
// Field: astronomy
// Data: meteors counted in intervals by observers, with the height of the radiant and the field that was clear;
//   Jenniskens (1994), "Meteor stream activity", Astronomy and Astrophysics 287.
// Idea: sporadic meteors at a constant rate, and the stream's rate exponential on both sides of its maximum.
// Shows: a rate that is a sum of two parts, overdispersed counts with exposure, two slopes that meet in a cusp.
// Tags: outcome count; family neg_binomial_2; structure decay, change_point.

data {
  int<lower=1> N; // intervals
  vector<lower=0, upper=10>[N] day; // of the campaign
  vector<lower=0.2, upper=1>[N] exposure; // hours under a clear sky
  vector<lower=0, upper=1>[N] height; // sine of the radiant's altitude
  array[N] int<lower=0> meteors;
}
parameters {
  real<lower=0> sporadic; // an hour
  real<lower=0> peak; // an hour with the radiant in the zenith
  real<lower=0, upper=10> maximum; // day
  real<lower=0> rise; // per day
  real<lower=0> fall; // per day
  real<lower=0> phi;
}
model {
  sporadic ~ lognormal(2, 0.4);
  peak ~ lognormal(4, 0.5);
  maximum ~ normal(5, 1.5) T[0, 10];
  rise ~ lognormal(-0.3, 0.4);
  fall ~ lognormal(0, 0.4);
  phi ~ gamma(4, 0.3);
  for (n in 1:N) {
    real away = day[n] < maximum ? rise * (maximum - day[n]) : fall * (day[n] - maximum);
    meteors[n] ~ neg_binomial_2(exposure[n] * (sporadic + peak * height[n] * exp(-away)), phi);
  }
}
