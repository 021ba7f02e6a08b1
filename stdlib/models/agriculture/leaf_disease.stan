// How ill are the leaves?
//
// Field: agriculture
// Data: disease of leaves in classes from sound to dead, by fungicide and date, several leaves a plot; Madden,
//   Hughes and van den Bosch (2007), The Study of Plant Disease Epidemics.
// Idea: a cumulative logit in which disease grows linearly in time at a rate that the treatment sets.
// Shows: a slope on time for each treatment by an index of an index, plots as varying intercepts.
// Tags: outcome ordinal; family ordered_logistic; structure regression, interaction, varying_intercepts, experiment,
//   trend.

data {
  int<lower=1> N; // leaves
  int<lower=2> K; // classes
  int<lower=1> T; // treatments
  int<lower=1> P; // plots
  array[P] int<lower=1, upper=T> treatment; // of each plot
  array[N] int<lower=1, upper=P> plot;
  vector<lower=-1, upper=1>[N] time; // -1 and 1: first and last date
  array[N] int<lower=1, upper=K> severity;
}
parameters {
  vector[T] growth; // of the log odds of worse disease
  real<lower=0> tau;
  vector<multiplier=tau>[P] u;
  ordered[K - 1] cut;
}
model {
  growth ~ normal(1, 0.7);
  tau ~ normal(0, 0.7);
  u ~ normal(0, tau);
  cut ~ normal(0, 1.5);
  severity ~ ordered_logistic(growth[treatment[plot]] .* time + u[plot], cut);
}
