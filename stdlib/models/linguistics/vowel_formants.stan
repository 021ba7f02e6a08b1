// Vowels in the plane of two formants
//
// Field: linguistics
// Data: for two formants of vowels by speaker; Peterson and Barney (1952), "Control methods used in a study of the
//   vowels", Journal of the Acoustical Society of America 24.
// Idea: a vowel is a point in the plane, speakers move all vowels alike; tokens scatter with a correlation.
// Shows: multi_normal_cholesky for pairs with two sources of variation.
// Tags: outcome multivariate; family multi_normal_cholesky; structure crossed, varying_intercepts.

data {
  int<lower=1> V; // vowels
  int<lower=1> S; // speakers
  int<lower=0> N; // tokens
  array[N] int<lower=1, upper=V> vowel;
  array[N] int<lower=1, upper=S> speaker;
  array[N] vector[2] formant; // F1 and F2, log hertz
}
parameters {
  array[V] vector[2] centre;
  real<lower=0> tau;
  array[S] vector[2] shift;
  vector<lower=0>[2] sigma;
  cholesky_factor_corr[2] L;
}
model {
  matrix[2, 2] scatter = diag_pre_multiply(sigma, L);
  for (v in 1:V) {
    centre[v] ~ normal([6.2, 7.3]', 0.3);
  }
  tau ~ normal(0, 0.1);
  for (s in 1:S) {
    shift[s] ~ normal(0, tau);
  }
  sigma ~ normal(0.1, 0.03);
  L ~ lkj_corr_cholesky(2);
  for (n in 1:N) {
    formant[n] ~ multi_normal_cholesky(centre[vowel[n]] + shift[speaker[n]], scatter);
  }
}
