// A shift that no outcome lies below.
data {
  int<lower=1> N;
  vector[N] y;
}
transformed data {
  real least = min(y);
}
parameters {
  real<lower=0, upper=least> shift;
}
model {
  shift ~ exponential(1);
  y - shift ~ lognormal(0, 1);
}
