// The wobble of a star with a planet
//
// Field: astronomy
// Data: radial velocities of a star from several spectrographs with their errors, the period known from a
//   periodogram; as 51 Pegasi in Mayor and Queloz (1995), "A Jupiter-mass companion to a solar-type star", Nature 378.
// Idea: a sinusoid for a circular orbit, an offset for each instrument, and jitter of the star beside the stated
//   errors.
// Shows: harmonic regression with a known period, standard deviations added in quadrature.
// Tags: outcome real; family normal; structure regression, seasonality, varying_intercepts, heteroskedastic.

data {
  int<lower=1> N; // spectra
  int<lower=1> S; // spectrographs
  real<lower=0> period; // days
  array[N] int<lower=1, upper=S> spectrograph;
  vector<lower=0, upper=300>[N] day;
  vector<lower=1>[N] se; // metres per second
  vector[N] velocity; // metres per second
}
transformed data {
  vector[N] phase = 2 * pi() * day / period;
}
parameters {
  vector[S] offset_; // zero point of each spectrograph
  vector[2] amplitude; // of cosine and sine
  real trend; // metres per second a year
  vector<lower=0>[S] jitter;
}
transformed parameters {
  real K = norm2(amplitude); // semi-amplitude
}
model {
  offset_ ~ normal(0, 20);
  amplitude ~ normal(0, 40);
  trend ~ normal(0, 10);
  jitter ~ normal(0, 5);
  velocity ~ normal(
    offset_[spectrograph]
      + amplitude[1] * cos(phase)
      + amplitude[2] * sin(phase)
      + trend * day / 365.25,
    sqrt(square(se) + square(jitter[spectrograph]))
  );
}
