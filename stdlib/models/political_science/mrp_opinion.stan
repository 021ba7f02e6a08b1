// Opinion in every state from a national poll
//
// Field: political science
// Data: for a yes or no by state, age and education, and a census of these cells; Park, Gelman and Bafumi (2004),
//   "Bayesian multilevel estimation with poststratification", Political Analysis 12.
// Idea: cells are pooled by a multilevel model, then weighted by how many people are in them.
// Shows: three varying intercepts and a state-level predictor, poststratification in generated quantities.
// Tags: outcome bounded; family binomial_logit; structure survey, crossed, varying_intercepts, regression.

data {
  int<lower=1> S; // states
  int<lower=1> A; // age groups
  int<lower=1> E; // levels of education
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=S> state;
  array[N] int<lower=1, upper=A> agegroup;
  array[N] int<lower=1, upper=E> education;
  vector[S] last_vote; // of the state in the last election, standardised
  vector<lower=0>[N] people; // in the census, millions
  array[N] int<lower=0> n; // asked
  array[N] int<lower=0> yes;
}
parameters {
  real alpha;
  real beta;
  vector<lower=0>[3] tau;
  vector<multiplier=tau[1]>[S] a_state;
  vector<multiplier=tau[2]>[A] a_age;
  vector<multiplier=tau[3]>[E] a_education;
}
transformed parameters {
  vector[N] eta = alpha
      + (a_state + beta * last_vote)[state]
      + a_age[agegroup]
      + a_education[education];
}
model {
  alpha ~ normal(0, 0.7);
  beta ~ normal(0, 0.4);
  tau ~ normal(0, 0.4);
  a_state ~ normal(0, tau[1]);
  a_age ~ normal(0, tau[2]);
  a_education ~ normal(0, tau[3]);
  yes ~ binomial_logit(n, eta);
}
generated quantities {
  vector[S] opinion; // share of yes in each state
  {
    vector[S] total = rep_vector(0, S);
    vector[S] in_favour = rep_vector(0, S);
    for (i in 1:N) {
      total[state[i]] += people[i];
      in_favour[state[i]] += people[i] * inv_logit(eta[i]);
    }
    opinion = in_favour ./ total;
  }
}
