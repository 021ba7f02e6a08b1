// How fast are amateur marathons run?
//
// Field: sports
// Data: finishing times of runners with age and sex, as in Vickers and Vertosick (2016), "An empirical study of race
//   times in recreational endurance runners".
// Idea: times are skewed to the right: a normal part and an exponential delay; both age and sex move the normal
//   part.
// Shows: exp_mod_normal regression with a quadratic in age.
// Tags: outcome positive; family exp_mod_normal; structure regression, polynomial.

data {
  int<lower=1> N; // runners
  vector[N] age; // decades from forty
  array[N] int<lower=0, upper=1> female;
  vector[N] minutes;
}
parameters {
  real alpha; // men of forty, without delay
  real b_female;
  vector[2] b_age; // linear and quadratic
  real<lower=0> sigma;
  real<lower=0> mean_delay; // minutes
}
model {
  alpha ~ normal(210, 15);
  b_female ~ normal(20, 10);
  b_age[1] ~ normal(5, 5);
  b_age[2] ~ normal(3, 2);
  sigma ~ normal(0, 20);
  mean_delay ~ lognormal(3.4, 0.4);
  minutes ~ exp_mod_normal(
    alpha + b_female * to_vector(female) + b_age[1] * age + b_age[2] * square(age),
    sigma,
    1 / mean_delay
  );
}
