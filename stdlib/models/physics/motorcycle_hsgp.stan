// Head acceleration in a motorcycle crash
//
// Field: physics
// Data: 133 accelerometer readings from simulated impacts; Silverman (1985), "Some aspects of the spline smoothing
//   approach to non-parametric regression curve fitting" (mcycle, R package MASS).
// Idea: the curve and the logarithm of the noise are both Gaussian processes, approximated by a Hilbert space basis;
//   Riutort-Mayol et al. (2023), "Practical Hilbert space approximate Bayesian Gaussian processes".
// Shows: basis functions computed once in transformed data, a user-defined spectral density, varying scale.

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
  int<lower=1> M_f; // basis functions for the curve
  int<lower=1> M_g; // basis functions for the log noise
  real<lower=1> c; // half-width of the basis domain in units of the data's
}
transformed data {
  real centre = (min(time) + max(time)) / 2;
  real half_range = (max(time) - min(time)) / 2;
  vector[N] x = (time - centre) / half_range; // in [-1, 1]
  vector[N] y = (accel - mean(accel)) / sd(accel);
  vector[max(M_f, M_g)] omega;
  matrix[N, max(M_f, M_g)] basis;
  for (m in 1 : max(M_f, M_g)) {
    omega[m] = m * pi() / (2 * c);
    basis[ : , m] = sin(omega[m] * (x + c)) / sqrt(c);
  }
}
parameters {
  real f0;
  real<lower=0> alpha_f;
  real<lower=0> rho_f; // length scale in units of half the range
  vector[M_f] z_f;
  real g0;
  real<lower=0> alpha_g;
  real<lower=0> rho_g;
  vector[M_g] z_g;
}
transformed parameters {
  vector[N] f = f0 + basis[ : , 1 : M_f] * (sqrt_spectral_density(omega[1 : M_f], alpha_f, rho_f) .* z_f);
  vector[N] g = g0 + basis[ : , 1 : M_g] * (sqrt_spectral_density(omega[1 : M_g], alpha_g, rho_g) .* z_g);
}
model {
  f0 ~ normal(0, 1);
  alpha_f ~ normal(0, 2);
  rho_f ~ inv_gamma(4, 1);
  z_f ~ std_normal();
  g0 ~ normal(-1, 1);
  alpha_g ~ normal(0, 2);
  rho_g ~ inv_gamma(4, 2);
  z_g ~ std_normal();
  y ~ normal(f, exp(g));
}
