// Scales that follow from the observations before: loops that feed each other.
data {
  int<lower=1> T;
  vector[T] y;
  real first;
}
parameters {
  real mu;
  real<lower=0> a0;
  real<lower=0, upper=1> a1;
}
transformed parameters {
  vector<lower=0>[T] s;
  s[1] = 1;
  for (t in 2:T) s[t] = sqrt(a0 + a1 * square(y[t - 1] - mu) + 0.2 * square(s[t - 1]));
}
model {
  mu ~ normal(0, 1);
  a0 ~ exponential(1);
  y ~ normal(mu, s);
}
