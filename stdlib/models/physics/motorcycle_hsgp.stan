// Head acceleration in a motorcycle crash
//
// Field: physics
// Data: 133 accelerometer readings from simulated impacts; Silverman (1985), "Some aspects of the spline smoothing
//   approach to non-parametric regression curve fitting" (mcycle, R package MASS).
// Idea: a Gaussian process for the curve, approximated by a Hilbert space basis; Riutort-Mayol et al. (2023),
//   "Practical Hilbert space approximate Bayesian Gaussian processes for probabilistic programming".
// Shows: basis functions computed once in transformed data, a user-defined spectral density.
// Tags: outcome real; family normal; structure gaussian_process.

functions {
  // Square root of the spectral density of the squared exponential covariance at the basis frequencies:
  // sqrt(S(omega)), S(omega) = alpha^2 sqrt(2 pi) rho exp(-rho^2 omega^2 / 2).
  vector sqrt_spectral_density(vector omega, real alpha, real rho) {
    return alpha * sqrt(sqrt(2 * pi()) * rho) * exp(-0.25 * square(rho * omega));
  }
}
data {
  int<lower=1> N;
  vector[N] time; // milliseconds after the impact
  vector[N] accel; // g
  int<lower=1> M; // basis functions
  real<lower=1> c; // half-width of the basis domain in units of the data's
}
transformed data {
  real centre = (min(time) + max(time)) / 2;
  real half_range = (max(time) - min(time)) / 2;
  vector[N] x = (time - centre) / half_range; // in [-1, 1]
  vector[N] y = (accel - mean(accel)) / sd(accel);
  vector[M] omega;
  matrix[N, M] basis;
  for (m in 1:M) {
    omega[m] = m * pi() / (2 * c);
    basis[:, m] = sin(omega[m] * (x + c)) / sqrt(c);
  }
}
parameters {
  real<lower=0> alpha; // standard deviation of the curve, in units of the data's
  real<lower=0> rho; // length scale in units of half the range
  vector[M] z;
  real<lower=0> sigma; // standard deviation around the curve
}
transformed parameters {
  vector[N] f = basis * (sqrt_spectral_density(omega, alpha, rho) .* z);
}
model {
  alpha ~ normal(0, 2);
  rho ~ inv_gamma(4, 1);
  z ~ std_normal();
  sigma ~ normal(0, 1);
  y ~ normal(f, sigma);
}
