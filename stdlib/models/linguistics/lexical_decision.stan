// Is it a word? Times for frequent and rare ones
//
// Field: linguistics
// Data: for times of right decisions, persons by words; Baayen, Davidson and Bates (2008), "Mixed-effects modeling
//   with crossed random effects for subjects and items", Journal of Memory and Language 59.
// Idea: persons and words are both samples, so both vary; persons also vary in the effect of frequency.
// Shows: crossed effects, one of them correlated, with a predictor of the items.
// Tags: outcome positive; family lognormal; structure regression, crossed, varying_intercepts, varying_slopes.

data {
  int<lower=1> S; // persons
  int<lower=1> W; // words
  int<lower=0> N; // decisions
  array[N] int<lower=1, upper=S> subject;
  array[N] int<lower=1, upper=W> word;
  vector[W] log_frequency; // standardised
  vector<lower=0>[N] rt; // milliseconds
}
parameters {
  real alpha;
  real beta;
  vector<lower=0>[2] tau; // intercepts and slopes of persons
  cholesky_factor_corr[2] L;
  matrix[2, S] z;
  real<lower=0> tau_word;
  vector<multiplier=tau_word>[W] w;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[S, 2] v = (diag_pre_multiply(tau, L) * z)'; // level and effect of frequency of each person
}
model {
  vector[W] item = beta * log_frequency + w;
  alpha ~ normal(6.4, 0.2);
  beta ~ normal(-0.05, 0.05);
  tau[1] ~ normal(0, 0.2);
  tau[2] ~ normal(0, 0.05);
  L ~ lkj_corr_cholesky(2);
  to_vector(z) ~ std_normal();
  tau_word ~ normal(0, 0.1);
  w ~ normal(0, tau_word);
  sigma ~ normal(0.2, 0.05);
  rt ~ lognormal(alpha + v[subject, 1] + v[subject, 2] .* log_frequency[word] + item[word], sigma);
}
