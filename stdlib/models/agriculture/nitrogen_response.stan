// How much fertiliser pays?
//
// Field: agriculture
// Data: yields of wheat or maize at several rates of nitrogen on several fields; Cerrato and Blackmer (1990),
//   "Comparison of models for describing corn yield response to nitrogen fertilizer", Agronomy Journal 82.
// Idea: Mitscherlich's law of diminishing returns, with fields that differ in yield and in what the soil holds
//   already.
// Shows: a nonlinear response with two varying effects, the rate that pays in generated quantities.
// Tags: outcome real; family normal; structure dose_response, varying_intercepts, hierarchical, experiment.

data {
  int<lower=1> N; // plots
  int<lower=1> F; // fields
  int<lower=1> R; // rates
  vector<lower=0>[R] rate; // kilograms of nitrogen per hectare
  array[N] int<lower=1, upper=F> field;
  array[N] int<lower=1, upper=R> level;
  vector[N] yield; // tonnes per hectare
}
parameters {
  real mean_limit; // yield with nitrogen in plenty
  real mean_log_soil; // log of the hundreds of kilograms that the soil provides
  vector<lower=0>[2] tau;
  vector<offset=mean_limit, multiplier=tau[1]>[F] limit;
  vector<offset=mean_log_soil, multiplier=tau[2]>[F] log_soil;
  real<lower=0> c; // efficiency per hundred kilograms
  real<lower=0> sigma;
}
model {
  mean_limit ~ normal(9, 1);
  mean_log_soil ~ normal(-0.2, 0.3);
  tau ~ normal(0, [1, 0.2]');
  limit ~ normal(mean_limit, tau[1]);
  log_soil ~ normal(mean_log_soil, tau[2]);
  c ~ lognormal(0.2, 0.3);
  sigma ~ normal(0, 0.7);
  yield ~ normal(limit[field] .* (1 - exp(-c * (exp(log_soil[field]) + rate[level] / 100))), sigma);
}
generated quantities {
  // kilograms at which a kilogram more brings seven kilograms of grain, the price ratio
  real optimum = 100 * (log(mean_limit * c * 10 / 7) / c - exp(mean_log_soil));
}
