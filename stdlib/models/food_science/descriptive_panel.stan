// Trained tasters score products
//
// Field: food science
// Data: intensities of an attribute for several products, scored by each member of a trained panel; Brockhoff,
//   Schlich and Skovgaard (2015), "Taking individual scaling differences into account", Food Quality and Preference
//   39.
// Idea: tasters differ in level, in how much of the scale they use, and in how well they repeat themselves.
// Shows: a multiplicative interaction of product and taster, a standard deviation for each taster.
// Tags: outcome real; family normal; structure crossed, varying_intercepts, varying_slopes, heteroskedastic,
//   interaction.

data {
  int<lower=1> N; // scores
  int<lower=2> P; // products
  int<lower=1> J; // tasters
  array[N] int<lower=1, upper=P> product;
  array[N] int<lower=1, upper=J> taster;
  vector[N] score; // 0 to 15 on a line, from the middle
}
parameters {
  real<lower=0> sd_product;
  vector<multiplier=sd_product>[P] quality;
  real<lower=0> sd_level;
  vector<multiplier=sd_level>[J] level;
  real<lower=0> sd_scale;
  vector<multiplier=sd_scale>[J] log_scale; // above zero: uses more of the scale than others
  real mean_log_noise;
  real<lower=0> sd_noise;
  vector<offset=mean_log_noise, multiplier=sd_noise>[J] log_noise;
}
model {
  sd_product ~ normal(0, 2);
  quality ~ normal(0, sd_product);
  sd_level ~ normal(0, 1);
  level ~ normal(0, sd_level);
  sd_scale ~ normal(0, 0.3);
  log_scale ~ normal(0, sd_scale);
  mean_log_noise ~ normal(0, 0.5);
  sd_noise ~ normal(0, 0.3);
  log_noise ~ normal(mean_log_noise, sd_noise);
  score ~ normal(
    level[taster] + exp(log_scale[taster]) .* quality[product],
    exp(log_noise[taster])
  );
}
