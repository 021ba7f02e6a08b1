// Relative clauses that are hard to read
//
// Field: linguistics
// Data: for reading times at the verb in two kinds of relative clause, persons by items; Gibson and Wu (2013),
//   "Processing Chinese relative clauses in context", Language and Cognitive Processes 28.
// Idea: most readings are fluent, some fail and are repaired: a mixture of two lognormals whose share depends on
//   the clause; Vasishth et al. (2017), "Modelling dependency completion in sentence comprehension as a Bayesian
//   hierarchical mixture process".
// Shows: log_mix inside crossed effects, a positive cost that tells the components apart.
// Tags: outcome positive; family lognormal; structure mixture, crossed, varying_intercepts, experiment.

data {
  int<lower=1> S; // persons
  int<lower=1> I; // items
  int<lower=0> N; // readings
  array[N] int<lower=1, upper=S> subject;
  array[N] int<lower=1, upper=I> item;
  vector<lower=0, upper=1>[N] object_relative;
  vector<lower=0>[N] rt; // milliseconds
}
parameters {
  real alpha;
  real<lower=0> cost; // log milliseconds of a repair
  vector[2] gamma; // logit share of repairs, and its change
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[S] u;
  vector<multiplier=tau[2]>[I] w;
  real<lower=0> sigma;
}
model {
  vector[N] mu = alpha + u[subject] + w[item];
  vector[N] repaired = inv_logit(gamma[1] + gamma[2] * object_relative);
  alpha ~ normal(6, 0.2);
  cost ~ lognormal(-0.2, 0.3);
  gamma[1] ~ normal(-1.5, 0.5);
  gamma[2] ~ normal(0, 0.7);
  tau ~ normal(0, 0.2);
  u ~ normal(0, tau[1]);
  w ~ normal(0, tau[2]);
  sigma ~ normal(0.3, 0.1);
  for (n in 1:N) {
    target += log_mix(
      repaired[n],
      lognormal_lpdf(rt[n] | mu[n] + cost, sigma),
      lognormal_lpdf(rt[n] | mu[n], sigma)
    );
  }
}
