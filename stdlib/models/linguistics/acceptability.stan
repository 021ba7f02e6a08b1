// How acceptable is the sentence?
//
// Field: linguistics
// Data: for ratings of sentences on a scale of seven points by speakers; Sprouse, Schutze and Almeida (2013), "A
//   comparison of informal and formal acceptability judgments", Lingua 134.
// Idea: speakers use the scale differently: they shift it and they stretch it.
// Shows: ordered_logistic with a scale that differs by speaker, crossed intercepts, a varying slope.
// Tags: outcome ordinal; family ordered_logistic; structure regression, crossed, varying_intercepts,
//   heteroskedastic.

data {
  int<lower=1> S; // speakers
  int<lower=1> I; // sentences
  int<lower=2> K; // points of the scale
  int<lower=0> N; // ratings
  array[N] int<lower=1, upper=S> speaker;
  array[N] int<lower=1, upper=I> sentence;
  vector<lower=0, upper=1>[N] moved; // does the sentence violate the constraint?
  array[N] int<lower=1, upper=K> rating;
}
parameters {
  real beta;
  vector<lower=0>[3] tau; // speakers, sentences, log stretch
  vector<multiplier=tau[1]>[S] u;
  vector<multiplier=tau[2]>[I] w;
  vector<multiplier=tau[3]>[S] log_stretch;
  ordered[K - 1] cut;
}
model {
  beta ~ normal(-1, 0.7);
  tau[1:2] ~ normal(0, 0.7);
  tau[3] ~ normal(0, 0.3);
  u ~ normal(0, tau[1]);
  w ~ normal(0, tau[2]);
  log_stretch ~ normal(0, tau[3]);
  cut ~ normal(0, 2);
  rating ~ ordered_logistic(
    exp(log_stretch[speaker]) .* (beta * moved + u[speaker] + w[sentence]),
    cut
  );
}
