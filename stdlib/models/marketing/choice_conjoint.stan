// What buyers trade off against each other
//
// Field: marketing
// Data: choices of respondents among alternatives with designed attributes, several tasks each; Green and Srinivasan
//   (1990), "Conjoint analysis in marketing", Journal of Marketing 54.
// Idea: a logit of the alternatives in which each respondent has part-worths of his own; Allenby and Rossi (1998),
//   "Marketing models of consumer heterogeneity", Journal of Econometrics 89.
// Shows: an array of matrices as design, non-centred individual coefficients as columns of a matrix.
// Tags: outcome categorical; family categorical_logit; structure choice, hierarchical, varying_slopes.

data {
  int<lower=1> R; // respondents
  int<lower=1> Q; // tasks of each
  int<lower=2> A; // alternatives of each task
  int<lower=1> P; // attributes
  array[R, Q] matrix[A, P] X;
  array[R, Q] int<lower=1, upper=A> choice;
}
parameters {
  vector[P] mean_worth;
  vector<lower=0>[P] tau; // standard deviations between respondents
  matrix[P, R] z;
}
transformed parameters {
  matrix[P, R] worth = rep_matrix(mean_worth, R) + diag_pre_multiply(tau, z);
}
model {
  mean_worth ~ normal(0, 1);
  tau ~ normal(0, 0.7);
  to_vector(z) ~ std_normal();
  for (r in 1:R) {
    for (q in 1:Q) {
      choice[r, q] ~ categorical_logit(X[r, q] * worth[:, r]);
    }
  }
}
