// Economic growth and the vote for the incumbent party
//
// Field: political science
// Data: growth of real income and the incumbent party's share of the two-party vote for president, 1952-2012; Hibbs
//   (2000), "Bread and peace voting in U.S. presidential elections", as in Gelman, Hill and Vehtari (2020),
//   Regression and Other Stories.
// Idea: one predictor, few points: a line with an honest predictive distribution.
// Shows: simple linear regression and the probability of an event in a prediction.
// Tags: outcome real; family normal; structure regression.

data {
  int<lower=0> N; // elections
  array[N] int year;
  vector[N] growth; // percent a year, over the term
  vector[N] vote; // percent
}
parameters {
  real alpha;
  real beta; // percent of the vote per percent of growth
  real<lower=0> sigma;
}
model {
  alpha ~ normal(50, 5);
  beta ~ normal(2, 2);
  sigma ~ exponential(0.2);
  vote ~ normal(alpha + beta * growth, sigma);
}
generated quantities {
  real vote_new = normal_rng(alpha + beta * 2, sigma); // with growth of 2 percent
  int wins = vote_new > 50;
}
