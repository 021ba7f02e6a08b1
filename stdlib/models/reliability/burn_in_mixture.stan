// Early failures and wear
//
// Field: reliability
// Data: lifetimes of electronic parts of which some have a defect from the factory; Kececioglu and Sun (1995),
//   Environmental Stress Screening.
// Idea: a mixture of Weibull lives: defective parts fail at a falling hazard, sound ones at a rising hazard.
// Shows: a mixture told apart by bounds on the shapes rather than by an order.
// Tags: outcome survival; family weibull; structure mixture.

data {
  int<lower=1> N; // parts
  vector<lower=0>[N] hours; // thousands
}
parameters {
  real<lower=0, upper=1> defective; // share
  real<lower=0, upper=1> shape_early;
  real<lower=1> shape_late;
  real<lower=0> scale_early; // thousands of hours
  real<lower=0> scale_late;
}
model {
  defective ~ beta(2, 10);
  shape_early ~ beta(8, 4);
  shape_late ~ normal(3, 1);
  scale_early ~ lognormal(-1, 0.4);
  scale_late ~ lognormal(2, 0.3);
  for (n in 1:N) {
    target += log_mix(
      defective,
      weibull_lpdf(hours[n] | shape_early, scale_early),
      weibull_lpdf(hours[n] | shape_late, scale_late)
    );
  }
}
