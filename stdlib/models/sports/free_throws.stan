// Free throws at home and away
//
// Field: sports
// Data: free throws made and tried by basketball players, at home and away; free throws of the Boston Celtics are in
//   Wardrop (1995), "Simpson's paradox and the hot hand in basketball", The American Statistician 49.
// Idea: players differ in skill and, less, in what the place does to them; both are pooled on the logit scale.
// Shows: binomial_logit with varying intercepts and slopes, independent of each other.
// Tags: outcome count; family binomial_logit; structure varying_intercepts, varying_slopes, hierarchical.

data {
  int<lower=1> N; // players at places
  int<lower=1> J; // players
  array[N] int<lower=1, upper=J> player;
  array[N] int<lower=0, upper=1> away;
  array[N] int<lower=0> tries;
  array[N] int<lower=0> made;
}
parameters {
  real alpha;
  real b_away;
  real<lower=0> sd_skill;
  real<lower=0> sd_away;
  vector<multiplier=sd_skill>[J] skill;
  vector<multiplier=sd_away>[J] nerve;
}
model {
  alpha ~ normal(1, 0.5);
  b_away ~ normal(0, 0.3);
  sd_skill ~ normal(0, 0.5);
  sd_away ~ normal(0, 0.2);
  skill ~ normal(0, sd_skill);
  nerve ~ normal(0, sd_away);
  made ~ binomial_logit(tries, alpha + skill[player] + (b_away + nerve[player]) .* to_vector(away));
}
