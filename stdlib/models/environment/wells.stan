// Who changes to a safer well?
//
// Field: environment
// Data: 3,020 households of Araihazar, Bangladesh, whose wells exceeded the arsenic limit, van Geen et al. (2003),
//   "Promotion of well-switching to mitigate the current arsenic crisis in Bangladesh".
// Idea: logistic regression of switching on distance, arsenic and schooling; Gelman and Hill (2007), chapter 5.
// Shows: bernoulli_logit_glm with an interaction between centred predictors.
// Tags: outcome binary; family bernoulli_logit_glm; structure regression, interaction.

data {
  int<lower=0> N; // households
  array[N] int<lower=0, upper=1> switched; // moved to another well?
  vector<lower=0>[N] dist; // metres to the nearest safe well
  vector<lower=0>[N] arsenic; // hundreds of micrograms per litre in the own well
  vector<lower=0>[N] educ; // years of schooling of the head of the household
}
transformed data {
  vector[N] d = (dist - mean(dist)) / 100;
  vector[N] a = log(arsenic) - mean(log(arsenic));
  vector[N] e = (educ - mean(educ)) / 4;
  matrix[N, 4] X = append_col(append_col(d, a), append_col(e, d .* e));
}
parameters {
  real alpha;
  vector[4] beta; // 100 m, log arsenic, 4 years of school, distance by school
}
model {
  alpha ~ normal(0, 2.5);
  beta ~ normal(0, 2.5);
  switched ~ bernoulli_logit_glm(X, alpha, beta);
}
