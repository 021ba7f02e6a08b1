// Are boys more often born than girls?
//
// Field: demography
// Data: births in Paris from 1745 to 1770, as Laplace (1786) took them from the registers of baptisms; Gelman et
//   al. (2013), Bayesian Data Analysis, section 2.4.
// Idea: the first Bayesian analysis: a uniform prior, a binomial likelihood, and near certainty that girls are
//   fewer.
// Shows: the smallest model with a posterior in closed form, an event as an integer whose mean is its probability.
// Tags: outcome bounded; family binomial; structure comparison.

data {
  int<lower=0> births;
  int<lower=0, upper=births> girls;
}
parameters {
  real<lower=0, upper=1> theta; // share of girls
}
model {
  theta ~ uniform(0, 1);
  girls ~ binomial(births, theta);
}
generated quantities {
  int girls_fewer = theta < 0.5;
}
