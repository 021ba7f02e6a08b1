// Contraceptive use in the districts of Bangladesh
//
// Field: demography
// Data: 1,934 women of 60 districts, Bangladesh Fertility Survey 1988; Huq and Cleland (1990); as used by
//   Steele, Diamond and Amin (1996) (Contraception, R package mlmRev).
// Idea: both the level and the difference between town and country vary by district, and may be correlated.
// Shows: hierarchical logistic regression with an LKJ prior on a Cholesky factor, non-centred.
// Tags: outcome binary; family bernoulli_logit; structure regression, varying_intercepts, varying_slopes, polynomial.

data {
  int<lower=0> N; // women
  int<lower=1> J; // districts
  array[N] int<lower=1, upper=J> district;
  array[N] int<lower=0, upper=1> uses; // contraception at the time of the survey?
  vector<lower=0, upper=1>[N] urban;
  vector[N] age; // years, centred
  vector<lower=0, upper=1>[N] children; // any living children?
}
transformed data {
  vector[N] decades = age / 10;
}
parameters {
  vector[2] beta; // mean level of rural districts, mean difference of urban areas
  real b_age;
  real b_age2;
  real b_children;
  vector<lower=0>[2] tau; // standard deviations between districts
  cholesky_factor_corr[2] L;
  matrix[2, J] z;
}
transformed parameters {
  matrix[J, 2] v = (diag_pre_multiply(tau, L) * z)'; // district deviations
  real rho = L[2, 1]; // correlation of the two
}
model {
  beta ~ normal(0, 2);
  b_age ~ normal(0, 2);
  b_age2 ~ normal(0, 2);
  b_children ~ normal(0, 2);
  tau ~ exponential(1);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  uses ~ bernoulli_logit(
    beta[1]
      + v[district, 1]
      + (beta[2] + v[district, 2]) .* urban
      + b_age * decades
      + b_age2 * square(decades)
      + b_children * children
  );
}
