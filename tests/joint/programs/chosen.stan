// Terms that data choose between: by a condition, and by an indicator that they are multiplied with.
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=1> wide;
  vector[N] x;
  vector[N] y;
}
parameters {
  real a;
  real<lower=0> s;
}
model {
  a ~ normal(0, 1);
  s ~ exponential(1);
  for (n in 1:N) {
    target += wide[n] ? normal_lpdf(y[n] | a, 1 + s) : student_t_lpdf(y[n] | 5, a, s);
    target += wide[n] * normal_lpdf(x[n] | a, 1) + (1 - wide[n]) * normal_lpdf(x[n] | -a, 2);
  }
}
