// Captures and recaptures, from the first capture on.
functions {
  int first_of(array[] int y) {
    for (t in 1:size(y)) if (y[t]) return t;
    return 0;
  }
}
data {
  int<lower=1> N;
  int<lower=2> T;
  array[N, T] int<lower=0, upper=1> y;
}
transformed data {
  array[N] int first;
  array[N] int last = rep_array(0, N);
  for (i in 1:N) first[i] = first_of(y[i]);
  for (n in 1:N) for (t in 1:T) if (y[n, t]) last[n] = t;
}
parameters {
  real<lower=0, upper=1> phi;
  real<lower=0, upper=1> p;
}
transformed parameters {
  vector[T] chi;
  chi[T] = 1;
  for (k in 1:T - 1) chi[T - k] = 1 - phi + phi * (1 - p) * chi[T - k + 1];
}
model {
  phi ~ beta(4, 2);
  p ~ beta(3, 2);
  for (i in 1:N) {
    if (first[i] > 0) {
      for (t in first[i] + 1:last[i]) {
        1 ~ bernoulli(phi);
        y[i, t] ~ bernoulli(p);
      }
      1 ~ bernoulli(chi[last[i]]);
    }
  }
}
