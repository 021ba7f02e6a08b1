// Efficacy of vaccines over several trials
//
// Field: epidemiology
// Data: for cases and person-years in both arms of randomised trials; Halloran, Longini and Struchiner (2010),
//   Design and Analysis of Vaccine Studies, chapter 6.
// Idea: efficacy is one minus the ratio of two Poisson rates; log ratios vary around a common one.
// Shows: two Poisson likelihoods with exposures, efficacy as a transformed parameter, a new trial predicted.
// Tags: outcome count; family poisson; structure experiment, meta_analysis, hierarchical.

data {
  int<lower=1> T; // trials
  vector<lower=0>[T] years_vaccine; // thousands of person-years
  vector<lower=0>[T] years_placebo;
  array[T] int<lower=0> cases_vaccine;
  array[T] int<lower=0> cases_placebo;
}
parameters {
  vector[T] log_rate; // log cases in a thousand person-years, placebo
  real mu; // mean log rate ratio
  real<lower=0> tau;
  vector[T] log_ratio;
}
transformed parameters {
  vector[T] efficacy = 1 - exp(log_ratio);
}
model {
  log_rate ~ normal(2.5, 1);
  mu ~ normal(-1, 1);
  tau ~ normal(0, 0.5);
  log_ratio ~ normal(mu, tau);
  cases_placebo ~ poisson(years_placebo .* exp(log_rate));
  cases_vaccine ~ poisson(years_vaccine .* exp(log_rate + log_ratio));
}
generated quantities {
  real efficacy_new = 1 - exp(normal_rng(mu, tau)); // in another trial
}
