// Reproduction numbers that drift
//
// Field: epidemiology
// Data: for daily counts of new infections; Cori et al. (2013), "A new framework and software to estimate
//   time-varying reproduction numbers during epidemics", American Journal of Epidemiology 178.
// Idea: new cases are those of the past days, weighted by the generation interval, times a reproduction number that
//   does a random walk on the log scale.
// Shows: outcomes that depend on earlier outcomes, a discretised gamma distribution in transformed data.
// Tags: outcome count; family neg_binomial_2, poisson; structure autoregression, state_space.

data {
  int<lower=2> T; // days
  int<lower=1> S; // longest generation interval, days
  array[T] int<lower=0> cases;
}
transformed data {
  vector[S] w; // share of infections by days since one was infected
  for (s in 1:S) {
    w[s] = gamma_cdf(s + 0.5 | 4, 0.8) - gamma_cdf(s - 0.5 | 4, 0.8);
  }
  w /= sum(w);
}
parameters {
  real log_R1;
  real<lower=0> sigma; // of the walk, per day
  vector[T - 1] step;
  real<lower=0> phi;
}
transformed parameters {
  vector[T] R = exp(log_R1 + sigma * append_row(0, cumulative_sum(step)));
}
model {
  log_R1 ~ normal(0.1, 0.15);
  sigma ~ normal(0, 0.03);
  step ~ std_normal();
  phi ~ gamma(5, 0.2);
  cases[1] ~ poisson(20);
  for (t in 2:T) {
    real pressure = 1; // an infection from outside
    for (s in 1:min(S, t - 1)) {
      pressure += w[s] * cases[t - s];
    }
    cases[t] ~ neg_binomial_2(R[t] * pressure, phi);
  }
}
