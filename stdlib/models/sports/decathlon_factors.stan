// Running, jumping and throwing behind the events of a decathlon
//
// Field: sports
// Data: standardised results of decathletes; Linden (1977), "A factor analytic study of Olympic decathlon data",
//   Research Quarterly 48.
// Idea: each event loads on one ability, the abilities are correlated; Jöreskog (1969), "A general approach to
//   confirmatory maximum likelihood factor analysis", Psychometrika 34.
// Shows: abilities integrated out: a covariance matrix from a correlation matrix indexed by event, in one
//   multi_normal.
// Tags: outcome multivariate; family multi_normal; structure factor, latent_variable.

data {
  int<lower=1> N; // athletes
  int<lower=2> K; // events
  int<lower=1, upper=K> D; // abilities
  array[K] int<lower=1, upper=D> ability; // that an event asks for
  array[N] vector[K] y; // results, larger is better
}
parameters {
  vector<lower=0>[K] loading;
  corr_matrix[D] Omega; // of the abilities
  vector<lower=0>[K] psi; // standard deviation of what is specific to an event
}
model {
  matrix[K, K] common = quad_form_diag(Omega[ability, ability], loading);
  loading ~ lognormal(-0.5, 0.4);
  Omega ~ lkj_corr(2);
  psi ~ lognormal(-0.4, 0.3);
  y ~ multi_normal(rep_vector(0, K), add_diag(common, square(psi)));
}
generated quantities {
  vector[K] communality = square(loading)
      ./ (square(loading) + square(psi)); // share of the variance that abilities explain
}
