// Countries rated by experts who differ
//
// Field: political science
// Data: for ratings of countries by experts on an ordinal scale; Pemstein et al. (2018), "The V-Dem measurement
//   model", Varieties of Democracy Institute.
// Idea: experts perceive the same latent state but differ in their reliability and in where they put thresholds.
// Shows: ordered_probit with thresholds shifted by rater, a positive slope for each.
// Tags: outcome ordinal; family ordered_probit; structure latent_variable, crossed, measurement_error.

data {
  int<lower=1> C; // countries
  int<lower=1> E; // experts
  int<lower=2> K; // levels
  int<lower=0> N; // ratings
  array[N] int<lower=1, upper=C> country;
  array[N] int<lower=1, upper=E> expert;
  array[N] int<lower=1, upper=K> rating;
}
parameters {
  vector[C] state;
  vector<lower=0>[E] reliability;
  real<lower=0> tau;
  vector<multiplier=tau>[E] lenient;
  ordered[K - 1] cut;
}
model {
  state ~ std_normal();
  reliability ~ lognormal(0.3, 0.4);
  tau ~ normal(0, 0.5);
  lenient ~ normal(0, tau);
  cut ~ normal(0, 1.5);
  rating ~ ordered_probit(reliability[expert] .* state[country] + lenient[expert], cut);
}
