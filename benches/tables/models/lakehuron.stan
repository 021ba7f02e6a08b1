// Level of Lake Huron: a linear trend with stationary AR(2) errors, in partial autocorrelations.
data {
  int<lower=3> N;
  vector[N] y; // feet
  vector[N] time;
}
transformed data {
  vector[N] decades = (time - 1920) / 10;
}
parameters {
  real<offset=580, multiplier=2> alpha;
  real beta;
  real<lower=-1, upper=1> r1;
  real<lower=-1, upper=1> r2;
  real<lower=0> sigma;
}
transformed parameters {
  real phi1 = r1 * (1 - r2);
  real phi2 = r2;
}
model {
  vector[N] mu = alpha + beta * decades;
  alpha ~ normal(580, 5);
  beta ~ normal(0, 1);
  r1 ~ uniform(-1, 1);
  r2 ~ uniform(-1, 1);
  sigma ~ normal(0, 2);
  y[1] ~ normal(mu[1], sigma / sqrt((1 - square(r1)) * (1 - square(r2))));
  y[2] ~ normal(mu[2] + r1 * (y[1] - mu[1]), sigma / sqrt(1 - square(r2)));
  y[3:N] ~ normal(
    mu[3:N] + phi1 * (y[2:N - 1] - mu[2:N - 1]) + phi2 * (y[1:N - 2] - mu[1:N - 2]),
    sigma
  );
}
