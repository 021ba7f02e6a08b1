// Meta-analysis of trials with deaths in two arms
//
// Field: medicine
// Data: for deaths among patients of a control and a treated arm in several trials, as of beta blockers after a
//   heart attack; Yusuf et al. (1985), Progress in Cardiovascular Diseases 27.
// Idea: log odds ratios vary between trials around a common one; the risk of the control arm is a nuisance of each
//   trial.
// Shows: binomial_logit in two arms, offset and multiplier, the effect in a trial to come.
// Tags: outcome bounded; family binomial_logit; structure meta_analysis, hierarchical, experiment.

data {
  int<lower=1> S; // trials
  array[S] int<lower=0> n_control;
  array[S] int<lower=0> n_treated;
  array[S] int<lower=0> d_control; // deaths
  array[S] int<lower=0> d_treated;
}
parameters {
  real mu; // mean logit risk, control
  real<lower=0> sigma;
  vector<offset=mu, multiplier=sigma>[S] a;
  real delta; // mean log odds ratio
  real<lower=0> tau;
  vector<offset=delta, multiplier=tau>[S] d;
}
model {
  mu ~ normal(-2, 1);
  sigma ~ normal(0, 0.7);
  a ~ normal(mu, sigma);
  delta ~ normal(0, 0.5);
  tau ~ normal(0, 0.3);
  d ~ normal(delta, tau);
  d_control ~ binomial_logit(n_control, a);
  d_treated ~ binomial_logit(n_treated, a + d);
}
generated quantities {
  real d_new = normal_rng(delta, tau);
  real odds_ratio = exp(delta);
}
