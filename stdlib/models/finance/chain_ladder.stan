// Reserves for claims that are still to come
//
// Field: finance
// Data: claims paid by year of accident and lag, a run-off triangle; Taylor and Ashe (1983), "Second moments of
//   estimates of outstanding claims", Journal of Econometrics 23.
// Idea: the chain ladder as an overdispersed log-linear model of accident year and lag; England and Verrall (2002),
//   "Stochastic claims reserving in general insurance".
// Shows: two factors in a negative binomial regression, and the unseen part of the triangle drawn in generated
//   quantities.
// Tags: outcome count; family neg_binomial_2_log; structure regression, varying_intercepts, decay, trend.

data {
  int<lower=1> N; // cells seen
  int<lower=2> A; // years of accident, and lags
  array[N] int<lower=1, upper=A> accident;
  array[N] int<lower=1, upper=A> lag;
  array[N] int<lower=0> claims; // number paid
}
parameters {
  real alpha; // log claims of the first lag
  real<lower=0> tau;
  vector<multiplier=tau>[A] u; // level of each accident year
  vector[A - 1] step; // change of the log claims from lag to lag
  real<lower=0> phi;
}
transformed parameters {
  vector[A] pattern = append_row(0, cumulative_sum(step));
}
model {
  alpha ~ normal(4, 1);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  step ~ normal(-0.3, 0.3);
  phi ~ gamma(4, 0.2);
  claims ~ neg_binomial_2_log(alpha + u[accident] + pattern[lag], phi);
}
generated quantities {
  int reserve = 0; // claims to come
  for (a in 2:A) {
    for (d in A + 2 - a:A) {
      reserve += neg_binomial_2_log_rng(alpha + u[a] + pattern[d], phi);
    }
  }
}
