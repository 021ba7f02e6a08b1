// An experiment with small classes
//
// Field: education
// Data: for pupils in classes that were assigned at random within schools to a size; design as of Tennessee's
//   Student Teacher Achievement Ratio experiment, Finn and Achilles (1990), American Educational Research Journal
//   27.
// Idea: the treatment is given to classes, so classes are the units that count; schools are blocks.
// Shows: effects of a factor against its first level, a predictor at the level of the group.
// Tags: outcome real; family normal; structure experiment, nested, varying_intercepts, comparison.

data {
  int<lower=1> S; // schools
  int<lower=1> K; // classes
  int<lower=0> N; // pupils
  array[K] int<lower=1, upper=S> school_of;
  array[K] int<lower=1, upper=3> type; // regular, small, regular with aide
  array[N] int<lower=1, upper=K> class;
  vector[N] score; // standardised
}
parameters {
  real alpha;
  vector[2] effect; // small, aide
  vector<lower=0>[2] tau; // schools, classes
  vector<multiplier=tau[1]>[S] u;
  vector<multiplier=tau[2]>[K] v;
  real<lower=0> sigma;
}
model {
  vector[K] level = alpha + append_row(0, effect)[type] + u[school_of] + v;
  alpha ~ normal(0, 0.5);
  effect ~ normal(0, 0.3);
  tau ~ normal(0, 0.4);
  u ~ normal(0, tau[1]);
  v ~ normal(0, tau[2]);
  sigma ~ normal(0.9, 0.1);
  score ~ normal(level[class], sigma);
}
