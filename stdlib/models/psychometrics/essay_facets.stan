// Strict and lenient raters of essays
//
// Field: psychometrics
// Data: for marks of essays on several topics, each read by a few raters; Linacre (1989), Many-Facet Rasch
//   Measurement.
// Idea: the mark depends on the writer, the topic and the severity of the rater, all on one scale.
// Shows: three crossed effects in an ordinal regression with common cutpoints.
// Tags: outcome ordinal; family ordered_logistic; structure item_response, crossed, varying_intercepts.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // topics
  int<lower=1> R; // raters
  int<lower=2> K; // marks
  int<lower=0> N; // readings
  array[N] int<lower=1, upper=J> person;
  array[N] int<lower=1, upper=I> topic;
  array[N] int<lower=1, upper=R> rater;
  array[N] int<lower=1, upper=K> mark;
}
parameters {
  vector<lower=0>[3] tau; // persons, topics, raters
  vector<multiplier=tau[1]>[J] ability;
  vector<multiplier=tau[2]>[I] difficulty;
  vector<multiplier=tau[3]>[R] severity;
  ordered[K - 1] cut;
}
model {
  tau ~ normal(0, 1);
  ability ~ normal(0, tau[1]);
  difficulty ~ normal(0, tau[2]);
  severity ~ normal(0, tau[3]);
  cut ~ normal(0, 2);
  mark ~ ordered_logistic(ability[person] - difficulty[topic] - severity[rater], cut);
}
