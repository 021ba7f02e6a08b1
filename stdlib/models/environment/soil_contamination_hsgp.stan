// A map of lead in the soil
//
// Field: environment
// Data: log concentrations of lead at places around a smelter, as the Meuse or Jura data; Goovaerts (1997),
//   Geostatistics for Natural Resources Evaluation.
// Idea: a two-dimensional Gaussian process by a Hilbert space basis; Solin and Särkkä (2020), "Hilbert space methods
//   for reduced-rank Gaussian process regression".
// Shows: basis functions as products over two coordinates, their spectral weights from one length scale.
// Tags: outcome real; family normal; structure gaussian_process, spatial, regression.

data {
  int<lower=1> N; // places
  int<lower=1> M; // basis functions in each direction
  real<lower=1> c; // half-width of the basis domain
  vector<lower=-1, upper=1>[N] east;
  vector<lower=-1, upper=1>[N] north;
  vector[N] log_lead; // log milligrams per kilogram
}
transformed data {
  matrix[N, M * M] basis;
  vector[M * M] omega2; // squared frequency
  for (i in 1:M) {
    for (j in 1:M) {
      int k = (i - 1) * M + j;
      basis[:, k] = sin(i * pi() / (2 * c) * (east + c))
        .* sin(j * pi() / (2 * c) * (north + c))
        / c;
      omega2[k] = (square(i) + square(j)) * square(pi() / (2 * c));
    }
  }
}
parameters {
  real mu;
  real<lower=0> alpha; // standard deviation of the map
  real<lower=0> rho; // length scale
  vector[M * M] z;
  real<lower=0> sigma;
}
transformed parameters {
  vector[N] map = basis * (alpha * sqrt(2 * pi()) * rho * exp(-0.25 * square(rho) * omega2) .* z);
}
model {
  mu ~ normal(4, 1);
  alpha ~ normal(0, 1);
  rho ~ inv_gamma(5, 2.5);
  z ~ std_normal();
  sigma ~ normal(0, 0.5);
  log_lead ~ normal(mu + map, sigma);
}
