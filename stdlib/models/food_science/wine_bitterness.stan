// How bitter is the wine?
//
// Field: food science
// Data: 72 ratings on a five-point scale by nine judges, by temperature and skin contact at crushing; Randall (1989),
//   "The analysis of sensory data by generalised linear model", Biometrical Journal 31.
// Idea: a cumulative logit model with judges who use the scale differently.
// Shows: ordered_logistic, ordered cut points, a non-centred varying intercept.
// Tags: outcome ordinal; family ordered_logistic; structure regression, varying_intercepts.

data {
  int<lower=0> N; // ratings
  int<lower=2> K; // categories
  int<lower=1> J; // judges
  array[N] int<lower=1, upper=K> rating; // 1 is least bitter
  array[N] int<lower=1, upper=J> judge;
  vector<lower=0, upper=1>[N] warm;
  vector<lower=0, upper=1>[N] contact; // juice and skins together?
}
parameters {
  real b_warm;
  real b_contact;
  real<lower=0> tau; // standard deviation between judges
  vector[J] z;
  ordered[K - 1] cut;
}
transformed parameters {
  vector[J] u = tau * z; // how bitter judge j finds everything
}
model {
  b_warm ~ normal(0, 3);
  b_contact ~ normal(0, 3);
  tau ~ exponential(1);
  z ~ std_normal();
  cut ~ normal(0, 5);
  rating ~ ordered_logistic(b_warm * warm + b_contact * contact + u[judge], cut);
}
