// How long does it take to find work?
//
// Field: econometrics
// Data: lengths of unemployment spells, cut off where the study ended; Kiefer (1988), "Economic duration data and
//   hazard functions", Journal of Economic Literature 26.
// Idea: log-logistic durations, whose hazard may rise first and fall later; benefits stretch time.
// Shows: right censoring at a known limit in a branch, accelerated failure times by loglogistic.
// Tags: outcome survival; family loglogistic; structure regression, censoring.

data {
  int<lower=1> N; // spells
  real<lower=0> limit; // years after which a spell is no longer followed
  vector[N] age; // standardised
  array[N] int<lower=0, upper=1> benefits; // receives unemployment benefits?
  vector<lower=0, upper=limit>[N] years; // equal to limit if still unemployed
}
parameters {
  real alpha; // log of the median spell
  real b_age;
  real b_benefits;
  real<lower=0> shape; // above 1 the hazard has a peak
}
transformed parameters {
  vector[N] median = exp(alpha + b_age * age + b_benefits * to_vector(benefits));
}
model {
  alpha ~ normal(-1, 0.7);
  b_age ~ normal(0, 0.5);
  b_benefits ~ normal(0, 0.5);
  shape ~ gamma(6, 3);
  for (n in 1:N) {
    if (years[n] == limit) {
      target += log1m(loglogistic_cdf(limit | median[n], shape));
    } else {
      years[n] ~ loglogistic(median[n], shape);
    }
  }
}
