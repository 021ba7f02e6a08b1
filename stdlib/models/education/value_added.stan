// Pupils in classes in schools
//
// Field: education
// Data: for test scores before and after a year, of pupils nested in classes and classes in schools; Raudenbush and
//   Bryk (2002), Hierarchical Linear Models, chapter 8.
// Idea: what classes and schools add, beyond the earlier score of each pupil.
// Shows: nested varying intercepts, indexes of indexes, shares of variance in generated quantities.
// Tags: outcome real; family normal; structure regression, nested, varying_intercepts.

data {
  int<lower=1> S; // schools
  int<lower=1> C; // classes
  int<lower=0> N; // pupils
  array[C] int<lower=1, upper=S> school_of;
  array[N] int<lower=1, upper=C> class;
  vector[N] before; // score of last year, standardised
  vector[N] after; // score of this year, in the same units
}
parameters {
  real alpha;
  real beta;
  real<lower=0> tau_school;
  real<lower=0> tau_class;
  vector<multiplier=tau_school>[S] u;
  vector<multiplier=tau_class>[C] v;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 0.5);
  beta ~ normal(0.6, 0.3);
  tau_school ~ normal(0, 0.3);
  tau_class ~ normal(0, 0.3);
  u ~ normal(0, tau_school);
  v ~ normal(0, tau_class);
  sigma ~ normal(0.7, 0.2);
  after ~ normal(alpha + beta * before + (u[school_of] + v)[class], sigma);
}
generated quantities {
  vector[3] share = [square(tau_school), square(tau_class), square(sigma)]'; // of the variance
  share /= sum(share);
}
