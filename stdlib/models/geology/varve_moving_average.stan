// Layers of a glacial lake
//
// Field: geology
// Data: thicknesses of yearly layers (varves) of glacial silt, as the 634 years from Massachusetts of Shumway and
//   Stoffer (2017), Time Series Analysis and Its Applications.
// Idea: changes of the log thickness are a moving average of order one: what a thick year adds is mostly taken back.
// Shows: MA(1), the errors recovered one after the other in the loop that uses them.
// Tags: outcome real; family normal; structure moving_average.

data {
  int<lower=2> T; // years
  vector[T] change; // of the log thickness from the year before
}
parameters {
  real drift;
  real<lower=-1, upper=1> theta;
  real<lower=0> sigma;
}
model {
  real err = 0; // of the year before
  drift ~ normal(0, 0.05);
  theta ~ normal(-0.5, 0.4);
  sigma ~ normal(0, 0.5);
  for (t in 1:T) {
    real mu = drift + theta * err;
    change[t] ~ normal(mu, sigma);
    err = change[t] - mu;
  }
}
