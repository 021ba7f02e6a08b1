// Weekly demand with a season and promotions
//
// Field: marketing
// Data: weekly unit sales of one product with the weeks of its promotions; Hanssens, Parsons and Schultz (2001),
//   Market Response Models.
// Idea: a log-linear count regression: trend, Fourier terms for the year, promotion, and what customers stockpile.
// Shows: a Fourier basis in transformed data, neg_binomial_2_log_glm.
// Tags: outcome count; family neg_binomial_2_log_glm; structure regression, seasonality, trend.

data {
  int<lower=2> T; // weeks
  int<lower=1> F; // harmonics of the year
  vector<lower=0, upper=1>[T] promotion; // share of the shops that promote
  array[T] int<lower=0> units;
}
transformed data {
  vector[T] week = linspaced_vector(T, 1, T);
  matrix[T, 3 + 2 * F] X;
  X[:, 1] = (week - mean(week)) / 52;
  X[:, 2] = promotion;
  X[:, 3] = append_row(0, promotion[1:T - 1]);
  for (f in 1:F) {
    X[:, 2 + 2 * f] = sin(2 * pi() * f * week / 52);
    X[:, 3 + 2 * f] = cos(2 * pi() * f * week / 52);
  }
}
parameters {
  real alpha;
  vector[3 + 2 * F] beta; // trend per year, promotion, promotion a week ago, harmonics
  real<lower=0> phi;
}
model {
  alpha ~ normal(4, 1);
  beta ~ normal(0, 0.3);
  phi ~ gamma(4, 0.4);
  units ~ neg_binomial_2_log_glm(X, alpha, beta, phi);
}
