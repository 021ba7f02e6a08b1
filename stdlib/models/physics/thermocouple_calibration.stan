// Calibrating a thermocouple
//
// Field: physics
// Data: voltages at known temperatures in several runs; Joint Committee for Guides in Metrology (2008), Evaluation
//   of measurement data: guide to the expression of uncertainty in measurement, annex H.3.
// Idea: a polynomial of degree two, in terms orthogonal on the range of the calibration, with an offset for each
//   run.
// Shows: Legendre polynomials of a predictor, inversion of the curve for a new voltage in generated quantities.
// Tags: outcome real; family normal; structure polynomial, varying_intercepts, regression.

data {
  int<lower=1> N; // readings
  int<lower=1> R; // runs
  array[N] int<lower=1, upper=R> run;
  vector<lower=-1, upper=1>[N] temperature; // -1 and 1 are the ends of the range
  vector[N] voltage; // millivolts from the middle of the table
}
transformed data {
  matrix[N, 3] P = [rep_row_vector(1, N), temperature', 1.5 * square(temperature)' - 0.5]';
}
parameters {
  vector[3] c;
  real<lower=0> tau;
  vector<multiplier=tau>[R] shift;
  real<lower=0> sigma;
}
model {
  c ~ normal([0, 10, 0]', [1, 2, 0.5]');
  tau ~ normal(0, 0.1);
  shift ~ normal(0, tau);
  sigma ~ normal(0, 0.1);
  voltage ~ normal(P * c + shift[run], sigma);
}
generated quantities {
  // the temperature at which a new run would show 2 millivolts, on the scale of the range
  real b = c[2];
  real a = 1.5 * c[3];
  real d = c[1] + normal_rng(0, tau) - 0.5 * c[3] - 2;
  real temperature_new = -2 * d / (b + sqrt(square(b) - 4 * a * d));
}
