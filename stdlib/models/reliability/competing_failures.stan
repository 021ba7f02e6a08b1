// What breaks first?
//
// Field: reliability
// Data: running times until machines failed and which part caused it; Nelson (1982), Applied Life Data Analysis,
//   chapter 5.
// Idea: the first of several independent Weibull failures of one shape: the time is Weibull, and the cause is
//   independent of it, with odds by the rates; Crowder (2001), Classical Competing Risks.
// Shows: time and mark of an event as two outcomes that share parameters.
// Tags: outcome survival; family weibull, categorical_logit; structure regression.

data {
  int<lower=1> N; // machines
  int<lower=2> K; // causes
  vector[N] load; // standardised
  vector<lower=0>[N] years;
  array[N] int<lower=1, upper=K> cause;
}
parameters {
  vector[K] alpha; // log rate of each cause at an average load
  vector[K] beta; // its slope on load
  real<lower=0> shape;
}
model {
  alpha ~ normal(-1, 0.7);
  beta ~ normal(0, 0.5);
  shape ~ gamma(8, 5);
  for (n in 1:N) {
    vector[K] log_rate = alpha + beta * load[n];
    years[n] ~ weibull(shape, exp(-log_sum_exp(log_rate) / shape));
    cause[n] ~ categorical_logit(log_rate);
  }
}
