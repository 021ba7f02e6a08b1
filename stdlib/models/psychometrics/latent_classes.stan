// Classes of persons behind yes and no
//
// Field: psychometrics
// Data: for symptoms or attitudes recorded as yes or no; Lazarsfeld and Henry (1968), Latent Structure Analysis.
// Idea: answers are independent within a class; the class is summed out. The classes are ordered by how often the
//   first question is answered yes.
// Shows: a finite mixture of Bernoulli vectors, an ordered vector of logits against label switching.
// Tags: outcome multivariate, binary; family bernoulli_logit; structure mixture, latent_variable.

data {
  int<lower=1> N; // persons
  int<lower=2> P; // questions
  int<lower=2> C; // classes
  array[N, P] int<lower=0, upper=1> y;
}
parameters {
  simplex[C] share;
  ordered[C] first; // logit of yes to the first question
  array[C] vector[P - 1] rest;
}
model {
  share ~ dirichlet(rep_vector(4, C));
  first ~ normal(0, 1.5);
  for (c in 1:C) {
    rest[c] ~ normal(0, 1.5);
  }
  for (n in 1:N) {
    vector[C] lp = log(share);
    for (c in 1:C) {
      lp[c] += bernoulli_logit_lpmf(y[n] | append_row(first[c], rest[c]));
    }
    target += log_sum_exp(lp);
  }
}
