// Varieties that like good places and such that do well anywhere
//
// Field: agriculture
// Data: yields of varieties in trials at many places and years; Finlay and Wilkinson (1963), "The analysis of
//   adaptation in a plant-breeding programme", Australian Journal of Agricultural Research 14.
// Idea: joint regression: a variety's yield is linear in the quality of the environment, which is latent; slopes are
//   positive and near one.
// Shows: a product of latent effects, identified by slopes that are positive and around one.
// Tags: outcome real; family normal; structure crossed, varying_intercepts, varying_slopes, interaction,
//   latent_variable.

data {
  int<lower=1> N; // plots
  int<lower=1> G; // varieties
  int<lower=1> E; // environments
  array[N] int<lower=1, upper=G> variety;
  array[N] int<lower=1, upper=E> environment;
  vector[N] yield; // tonnes per hectare
}
parameters {
  real mu;
  vector<lower=0>[3] tau; // of varieties, slopes, environments
  vector<multiplier=tau[1]>[G] g;
  vector<multiplier=tau[2]>[G] log_slope; // above 0: wants good conditions
  vector[E] h;
  real<lower=0> sigma;
}
model {
  mu ~ normal(6, 1);
  tau ~ normal(0, [0.5, 0.3, 1.5]');
  g ~ normal(0, tau[1]);
  log_slope ~ normal(0, tau[2]);
  h ~ normal(0, tau[3]);
  sigma ~ normal(0, 0.7);
  yield ~ normal(mu + g[variety] + exp(log_slope[variety]) .* h[environment], sigma);
}
