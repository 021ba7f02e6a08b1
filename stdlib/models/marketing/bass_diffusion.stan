// The diffusion of a new product
//
// Field: marketing
// Data: yearly first purchases of a durable good, as the colour televisions of Bass (1969), "A new product growth
//   for model consumer durables", Management Science 15.
// Idea: adopters innovate at rate p and imitate at rate q times the share of owners; sales are increments of the
//   solution.
// Shows: a growth curve in closed form, overdispersed counts around its increments.
// Tags: outcome count; family neg_binomial_2; structure growth_curve.

data {
  int<lower=1> T; // years since the launch
  array[T] int<lower=0> sales; // thousands
}
transformed data {
  vector[T + 1] year = linspaced_vector(T + 1, 0, T);
}
parameters {
  real<lower=0> market; // thousands who will ever buy
  real<lower=0, upper=1> p; // innovation
  real<lower=0, upper=1> q; // imitation
  real<lower=0> phi;
}
transformed parameters {
  vector[T + 1] share = (1 - exp(-(p + q) * year)) ./ (1 + q / p * exp(-(p + q) * year));
}
model {
  market ~ lognormal(8, 0.5);
  p ~ beta(2, 60);
  q ~ beta(4, 6);
  phi ~ gamma(4, 0.2);
  sales ~ neg_binomial_2(market * (share[2:T + 1] - share[1:T]) + 1e-6, phi);
}
generated quantities {
  real peak = log(q / p) / (p + q); // year of the highest sales
}
