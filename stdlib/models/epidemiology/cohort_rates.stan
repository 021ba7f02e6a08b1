// Deaths by age and smoking
//
// Field: epidemiology
// Data: for deaths and person-years of a cohort by age group and exposure; layout as in Doll and Hill (1966),
//   "Mortality of British doctors in relation to smoking".
// Idea: a log-linear rate whose ratio between smokers and others falls with age: an interaction with a linear
//   score.
// Shows: a factor with one effect a level beside a linear term, Poisson counts with exposure.
// Tags: outcome count; family poisson_log; structure regression, interaction.

data {
  int<lower=1> A; // age groups
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=A> age;
  vector<lower=0, upper=1>[N] smoker;
  vector<lower=0>[N] person_years;
  array[N] int<lower=0> deaths;
}
transformed data {
  vector[N] score = to_vector(age) - (A + 1) / 2.0;
}
parameters {
  vector[A] log_rate; // per thousand person-years, others
  real b_smoker;
  real b_score; // how the effect of smoking changes from one age group to the next
}
model {
  for (a in 1:A) {
    log_rate[a] ~ normal(-2 + a, 0.5);
  }
  b_smoker ~ normal(0.5, 0.5);
  b_score ~ normal(0, 0.2);
  deaths ~ poisson_log(
    log(person_years / 1000) + log_rate[age] + (b_smoker + b_score * score) .* smoker
  );
}
