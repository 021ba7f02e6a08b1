// Measurements of a constant that disagree
//
// Field: physics
// Data: values of the gravitational constant by different laboratories with their stated uncertainties, as the
//   CODATA adjustment of Tiesinga et al. (2021), Reviews of Modern Physics 93.
// Idea: stated uncertainties are too small: laboratories have errors of their own beside them; Paule and Mandel
//   (1982), "Consensus values and weighting factors".
// Shows: random effects meta-analysis with known standard errors, laboratory effects integrated out.
// Tags: outcome real; family normal; structure meta_analysis, hierarchical.

data {
  int<lower=1> N; // laboratories
  vector<lower=0>[N] se; // stated standard uncertainties
  vector[N] value; // 1e-14 m^3 / (kg s^2), from 6.674e-11
}
parameters {
  real constant;
  real<lower=0> dark; // standard deviation of what laboratories did not account for
}
model {
  constant ~ normal(0, 1);
  dark ~ normal(0, 1);
  value ~ normal(constant, sqrt(square(se) + square(dark)));
}
generated quantities {
  real birge = sqrt(
      mean(square((value - constant) ./ se))
    ); // above 1: more scatter than was stated
}
