// A Latin square in the field
//
// Field: agriculture
// Data: yields of K treatments, each once in every row and column of a field; Fisher (1935), The Design of
//   Experiments, chapter 5.
// Idea: rows and columns take out fertility in two directions, which leaves treatments free of both.
// Shows: three crossed factors, contrasts in generated quantities.
// Tags: outcome real; family normal; structure crossed, experiment, design.

data {
  int<lower=1> N; // plots
  int<lower=2> K; // rows, columns and treatments
  array[N] int<lower=1, upper=K> row;
  array[N] int<lower=1, upper=K> column;
  array[N] int<lower=1, upper=K> treatment;
  vector[N] yield; // kilograms
}
parameters {
  real mu;
  vector[K] a; // treatments
  real<lower=0> sd_row;
  real<lower=0> sd_column;
  vector<multiplier=sd_row>[K] u;
  vector<multiplier=sd_column>[K] v;
  real<lower=0> sigma;
}
model {
  mu ~ normal(50, 10);
  a ~ normal(0, 5);
  sd_row ~ normal(0, 5);
  sd_column ~ normal(0, 5);
  u ~ normal(0, sd_row);
  v ~ normal(0, sd_column);
  sigma ~ normal(0, 5);
  yield ~ normal(mu + a[treatment] + u[row] + v[column], sigma);
}
generated quantities {
  vector[K] contrast = a - mean(a); // each treatment against their mean
}
