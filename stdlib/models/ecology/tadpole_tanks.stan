// Tadpoles that survive in tanks with and without predators
//
// Field: ecology
// Data: for a factorial experiment with tanks as units; design as in Vonesh and Bolker (2005), "Compensatory larval
//   responses shift trade-offs associated with predator-induced hatching plasticity", Ecology 86.
// Idea: tanks differ beyond their treatment, by varying intercepts; McElreath (2020), Statistical Rethinking,
//   chapter 13.
// Shows: binomial_logit with an interaction, an observation-level intercept by multiplier.
// Tags: outcome bounded; family binomial_logit; structure experiment, interaction, varying_intercepts.

data {
  int<lower=1> T; // tanks
  array[T] int<lower=1> density; // tadpoles put in
  array[T] int<lower=0> survived;
  vector<lower=0, upper=1>[T] predators; // are there any?
  vector<lower=0, upper=1>[T] large; // large tadpoles rather than small?
}
parameters {
  real alpha;
  vector[3] beta; // predators, large, both
  real<lower=0> tau;
  vector<multiplier=tau>[T] u;
}
model {
  alpha ~ normal(1, 1);
  beta ~ normal(0, 1);
  tau ~ exponential(1);
  u ~ normal(0, tau);
  survived ~ binomial_logit(
    density,
    alpha + beta[1] * predators + beta[2] * large + beta[3] * predators .* large + u
  );
}
