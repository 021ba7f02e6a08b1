// Does a scholarship for those above a mark help?
//
// Field: education
// Data: for students near the mark that decides about an award; Thistlethwaite and Campbell (1960),
//   "Regression-discontinuity analysis: an alternative to the ex post facto experiment", Journal of Educational
//   Psychology 51.
// Idea: just above and just below the mark students are alike, so a jump there is the effect of the award.
// Shows: a design matrix with different slopes on both sides, normal_id_glm.
// Tags: outcome real; family normal_id_glm; structure regression, causal, change_point, interaction.

data {
  int<lower=0> N; // students
  vector[N] score; // distance from the mark that decides
  vector[N] later; // grade average two years later, standardised
}
transformed data {
  matrix[N, 3] X; // award, slope below the mark, change of slope above
  for (n in 1:N) {
    X[n] = [score[n] >= 0, score[n], score[n] >= 0 ? score[n] : 0];
  }
}
parameters {
  real alpha; // at the mark, without award
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 1);
  beta ~ normal(0, 0.5);
  sigma ~ normal(0, 1);
  later ~ normal_id_glm(X, alpha, beta, sigma);
}
generated quantities {
  real effect = beta[1];
}
