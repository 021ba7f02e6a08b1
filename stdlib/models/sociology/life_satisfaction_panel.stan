// Income and satisfaction, within and between persons
//
// Field: sociology
// Data: for yearly answers of a panel; Bell and Jones (2015), "Explaining fixed effects: random effects modeling of
//   time-series cross-sectional and panel data", Political Science Research and Methods 3.
// Idea: what a change of income does to a person is not what income makes differ between persons: two slopes.
// Shows: group means computed in a loop of transformed data, a within-between regression.
// Tags: outcome real; family normal; structure regression, varying_intercepts, survey.

data {
  int<lower=1> J; // persons
  int<lower=0> N; // answers
  array[N] int<lower=1, upper=J> person;
  vector[N] log_income; // standardised
  vector[N] satisfaction; // 0 to 10
}
transformed data {
  vector[J] between;
  vector[N] within;
  {
    vector[J] n = rep_vector(0, J);
    vector[J] total = rep_vector(0, J);
    for (i in 1:N) {
      n[person[i]] += 1;
      total[person[i]] += log_income[i];
    }
    between = total ./ fmax(n, 1);
    within = log_income - between[person];
  }
}
parameters {
  real alpha;
  real b_within;
  real b_between;
  real<lower=0> tau;
  vector<multiplier=tau>[J] u;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(7, 0.5);
  b_within ~ normal(0, 0.3);
  b_between ~ normal(0, 0.5);
  tau ~ normal(1, 0.3);
  u ~ normal(0, tau);
  sigma ~ normal(1, 0.3);
  satisfaction ~ normal((alpha + b_between * between + u)[person] + b_within * within, sigma);
}
