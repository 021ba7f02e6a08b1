// Children's test scores given their mothers' schooling and IQ
//
// Field: education
// Data: 434 children of the National Longitudinal Survey of Youth; Gelman and Hill (2007), Data Analysis Using
//   Regression and Multilevel/Hierarchical Models, chapter 3.
// Idea: linear regression with an interaction, predictors centred so that the intercept is an average child.
// Shows: transformed data, a design matrix built once, and a whole regression in one normal_id_glm.
// Tags: outcome real; family normal_id_glm; structure regression, interaction.

data {
  int<lower=0> N; // children
  vector[N] kid_score; // cognitive test score at age three or four
  vector<lower=0, upper=1>[N] mom_hs; // did the mother finish high school?
  vector[N] mom_iq;
}
transformed data {
  vector[N] hs = mom_hs - mean(mom_hs);
  vector[N] iq = (mom_iq - mean(mom_iq)) / sd(mom_iq);
  matrix[N, 3] X = append_col(append_col(hs, iq), hs .* iq);
}
parameters {
  real alpha; // score of an average child
  vector[3] beta; // schooling, IQ (per standard deviation), interaction
  real<lower=0> sigma;
}
model {
  alpha ~ normal(90, 20);
  beta ~ normal(0, 20);
  sigma ~ exponential(0.05);
  kid_score ~ normal_id_glm(X, alpha, beta, sigma);
}
generated quantities {
  real R2; // Bayesian R squared, Gelman et al. (2019)
  {
    vector[N] fit = X * beta;
    R2 = variance(fit) / (variance(fit) + square(sigma));
  }
}
