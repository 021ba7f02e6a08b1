// How mortality falls over the years, age by age
//
// Field: demography
// Data: for deaths and exposures by age group and year; Lee and Carter (1992), "Modeling and forecasting U.S.
//   mortality", Journal of the American Statistical Association 87.
// Idea: log rates are an age profile plus a common index times the sensitivity of each age; the index drifts.
//   Sensitivities are a simplex, which sets its scale.
// Shows: a rank-one surface, a random walk with drift as a state, a forecast.
// Tags: outcome count; family poisson_log; structure state_space, trend, factor.

data {
  int<lower=2> A; // age groups
  int<lower=2> T; // years
  matrix<lower=0>[A, T] exposure; // person-years
  array[A, T] int<lower=0> deaths;
}
parameters {
  vector[A] alpha; // log rate in the first year
  simplex[A] beta; // share of each age in the change
  real drift; // a year
  real<lower=0> sigma;
  vector[T - 1] step;
}
transformed parameters {
  vector[T] kappa = append_row(0, cumulative_sum(drift + sigma * step));
}
model {
  for (a in 1:A) {
    alpha[a] ~ normal(-6 + 0.5 * a, 0.3);
  }
  beta ~ dirichlet(rep_vector(10, A));
  drift ~ normal(-0.15, 0.05);
  sigma ~ lognormal(-2.5, 0.4);
  step ~ std_normal();
  for (a in 1:A) {
    deaths[a] ~ poisson_log(log(exposure[a]') + alpha[a] + beta[a] * kappa);
  }
}
generated quantities {
  real kappa_next = kappa[T] + normal_rng(drift, sigma);
}
