// Deaths by horse kicks
//
// Field: public health
// Data: deaths in 200 corps-years of the Prussian army, 1875-1894, ten corps; Bortkiewicz (1898), Das Gesetz der
//   kleinen Zahlen: 109 corps-years without a death, 65 with one, 22 with two, 3 with three, 1 with four.
// Idea: rare events of many people are Poisson.
// Shows: the conjugate prior of a Poisson rate, a predictive check in generated quantities.
// Tags: outcome count; family poisson; structure comparison.

data {
  int<lower=0> N; // corps-years
  array[N] int<lower=0> deaths;
}
transformed data {
  int none = 0; // corps-years without a death
  for (n in 1:N) {
    none += deaths[n] == 0;
  }
}
parameters {
  real<lower=0> lambda; // deaths in a corps-year
}
model {
  lambda ~ gamma(2, 2);
  deaths ~ poisson(lambda);
}
generated quantities {
  int as_many = binomial_rng(N, exp(-lambda))
      >= none; // would there be as many corps-years without a death?
}
