// What makes a good credit rating?
//
// Field: finance
// Data: ratings of bond issuers and ratios from their accounts; Kaplan and Urwitz (1979), "Statistical models of
//   bond ratings: a methodological inquiry", Journal of Business 52.
// Idea: ratings cut a latent creditworthiness into classes; ordered probit, McKelvey and Zavoina (1975), "A
//   statistical model for the analysis of ordinal level dependent variables".
// Shows: ordered_probit with cut points as an ordered vector.
// Tags: outcome ordinal; family ordered_probit; structure regression.

data {
  int<lower=1> N; // issuers
  int<lower=2> K; // classes, the best is K
  int<lower=1> P; // ratios
  matrix[N, P] X; // size, leverage, coverage of interest, each standardised
  array[N] int<lower=1, upper=K> rating;
}
parameters {
  vector[P] beta;
  ordered[K - 1] cut;
}
model {
  beta ~ normal(0, 1);
  cut ~ normal(0, 2);
  rating ~ ordered_probit(X * beta, cut);
}
