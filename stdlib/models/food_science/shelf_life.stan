// How long food keeps, by temperature
//
// Field: food science
// Data: vitamin or flavour left in packages stored at several temperatures; Labuza (1982), Shelf-Life Dating of
//   Foods.
// Idea: first-order loss with a rate that grows by a factor for every ten degrees (Q10); the shelf life follows.
// Shows: a decay whose rate is a regression, noise on the log scale.
// Tags: outcome positive; family lognormal; structure decay, regression.

data {
  int<lower=1> N; // packages
  int<lower=1> C; // temperatures
  vector[C] celsius;
  real<lower=0, upper=1> limit; // share of the quality below which the food is not sold
  array[N] int<lower=1, upper=C> store;
  vector<lower=0, upper=60>[N] day;
  vector<lower=0>[N] quality; // in units of the fresh product's
}
parameters {
  real log_rate; // log loss per day at ten degrees
  real<lower=1> Q10;
  real<lower=0> sigma;
}
transformed parameters {
  vector[C] rate = exp(log_rate) * Q10 ^ ((celsius - 10) / 10);
}
model {
  log_rate ~ normal(-5, 0.4);
  Q10 ~ lognormal(0.8, 0.2) T[1,];
  sigma ~ lognormal(-2.5, 0.5);
  quality ~ lognormal(-rate[store] .* day, sigma);
}
generated quantities {
  vector[C] life = -log(limit) / rate; // days at each temperature
}
