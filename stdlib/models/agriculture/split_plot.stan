// A split-plot trial of oats
//
// Field: agriculture
// Data: yields of varieties on whole plots and of manure on parts of them, in blocks; Yates (1935), "Complex
//   experiments", Supplement to the Journal of the Royal Statistical Society 2.
// Idea: an error for every stratum: what is compared within plots is known better than what is compared between
//   them.
// Shows: nested varying intercepts for blocks and whole plots, two factors of treatment.
// Tags: outcome real; family normal; structure nested, varying_intercepts, experiment, design.

data {
  int<lower=1> N; // parts of plots
  int<lower=1> B; // blocks
  int<lower=1> P; // whole plots
  int<lower=2> V; // varieties, one on each whole plot
  int<lower=2> D; // amounts of manure
  array[N] int<lower=1, upper=B> block;
  array[N] int<lower=1, upper=P> plot;
  array[N] int<lower=1, upper=V> variety;
  array[N] int<lower=1, upper=D> manure;
  vector[N] yield; // quarter pounds
}
parameters {
  real mu;
  vector[V] b_variety;
  vector[D] b_manure;
  real<lower=0> sd_block;
  real<lower=0> sd_plot;
  vector<multiplier=sd_block>[B] u;
  vector<multiplier=sd_plot>[P] v;
  real<lower=0> sigma;
}
model {
  mu ~ normal(100, 15);
  b_variety ~ normal(0, 10);
  b_manure ~ normal(0, 20);
  sd_block ~ normal(0, 15);
  sd_plot ~ normal(0, 10);
  u ~ normal(0, sd_block);
  v ~ normal(0, sd_plot);
  sigma ~ normal(0, 15);
  yield ~ normal(mu + b_variety[variety] + b_manure[manure] + u[block] + v[plot], sigma);
}
