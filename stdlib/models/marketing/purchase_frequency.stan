// How often households buy
//
// Field: marketing
// Data: purchases of a product by households of a panel over some weeks; Ehrenberg (1959), "The pattern of consumer
//   purchases", Applied Statistics 8.
// Idea: each household buys at a Poisson rate, rates are gamma, so counts are negative binomial; Schmittlein,
//   Morrison and Colombo (1987), "Counting your customers", build on it.
// Shows: neg_binomial by shape and inverse scale with exposure, conditional expectations as the answer.
// Tags: outcome count; family neg_binomial; structure latent_variable.

data {
  int<lower=1> N; // households
  vector<lower=0>[N] quarters; // length of observation
  array[N] int<lower=0> purchases;
}
parameters {
  real<lower=0> shape; // of the rates over households
  real<lower=0> mean_rate; // purchases a quarter
}
model {
  shape ~ lognormal(0, 0.5);
  mean_rate ~ lognormal(1, 0.7);
  purchases ~ neg_binomial(shape, shape / (mean_rate * quarters));
}
generated quantities {
  vector[N] expected; // purchases a quarter of each household, given what it bought
  for (n in 1:N) {
    expected[n] = (shape + purchases[n]) / (shape / mean_rate + quarters[n]);
  }
}
