// Pain that fades, rated on four levels
//
// Field: medicine
// Data: for weekly ratings of pain by patients in two arms; McCullagh (1980), "Regression models for ordinal data",
//   Journal of the Royal Statistical Society B 42.
// Idea: ratings are cut from a latent scale on which every patient has a level and a slope.
// Shows: ordered_probit regression with varying slopes, an interaction of time and treatment.
// Tags: outcome ordinal; family ordered_probit; structure regression, interaction, varying_intercepts,
//   varying_slopes.

data {
  int<lower=1> J; // patients
  int<lower=2> K; // levels of pain
  int<lower=0> N; // ratings
  array[N] int<lower=1, upper=J> patient;
  vector<lower=0>[N] week;
  vector<lower=0, upper=1>[N] treated;
  array[N] int<lower=1, upper=K> pain;
}
parameters {
  real b_week;
  real b_both; // change of the slope by treatment
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[J] u;
  vector<multiplier=tau[2]>[J] v;
  ordered[K - 1] cut;
}
model {
  b_week ~ normal(-0.1, 0.1);
  b_both ~ normal(0, 0.1);
  tau[1] ~ normal(0, 1);
  tau[2] ~ normal(0, 0.1);
  u ~ normal(0, tau[1]);
  v ~ normal(0, tau[2]);
  cut ~ normal(0, 1.5);
  pain ~ ordered_probit(u[patient] + (b_week + b_both * treated + v[patient]) .* week, cut);
}
