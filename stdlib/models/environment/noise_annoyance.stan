// How annoying are aeroplanes?
//
// Field: environment
// Data: answers of residents around airports on a five-point verbal scale, with the level of noise at their homes;
//   Miedema and Oudshoorn (2001), "Annoyance from transportation noise", Environmental Health Perspectives 109.
// Idea: ordered probit of the noise level; airports differ in level. The prior is on the shares of the answers.
// Shows: cut points computed from a simplex by inv_Phi.
// Tags: outcome ordinal; family ordered_probit; structure dose_response, regression, varying_intercepts.

data {
  int<lower=1> N; // residents
  int<lower=2> K; // answers
  int<lower=1> A; // airports
  array[N] int<lower=1, upper=A> airport;
  vector[N] noise; // tens of decibels, from 55
  array[N] int<lower=1, upper=K> annoyance;
}
parameters {
  simplex[K] share; // of the answers at 55 decibels at an average airport
  real beta; // per ten decibels
  real<lower=0> tau;
  vector<multiplier=tau>[A] u;
}
transformed parameters {
  vector[K - 1] cut = inv_Phi(cumulative_sum(share[1:K - 1]));
}
model {
  share ~ dirichlet(rep_vector(3, K));
  beta ~ normal(0.5, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  annoyance ~ ordered_probit(beta * noise + u[airport], cut);
}
