// Plane, train, bus or car?
//
// Field: econometrics
// Data: the mode that travellers chose, with cost and time of each mode, as the 210 trips between Sydney and
//   Melbourne of Greene (2003), Econometric Analysis, chapter 21.
// Idea: each takes the mode of highest utility, its random part Gumbel; McFadden (1974), "Conditional logit analysis
//   of qualitative choice behavior".
// Shows: a conditional logit: attributes vary over alternatives and have common coefficients.
// Tags: outcome categorical; family categorical_logit; structure regression, choice.

data {
  int<lower=1> N; // travellers
  int<lower=2> K; // modes
  matrix[N, K] cost; // standardised
  matrix[N, K] time; // door to door, standardised
  array[N] int<lower=1, upper=K> mode;
}
parameters {
  vector[K - 1] a; // appeal of the other modes against the first
  real<upper=0> b_cost;
  real<upper=0> b_time;
}
transformed parameters {
  vector[K] appeal = append_row(0, a);
}
model {
  a ~ normal(0, 1);
  b_cost ~ normal(0, 1);
  b_time ~ normal(0, 1);
  for (n in 1:N) {
    mode[n] ~ categorical_logit(appeal + b_cost * cost[n]' + b_time * time[n]');
  }
}
generated quantities {
  real value_of_time = b_time / b_cost; // cost that one unit of time is worth
}
