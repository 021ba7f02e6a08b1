// Migration between regions follows a law of gravity
//
// Field: demography
// Data: for migrants between all pairs of regions, with populations and distances; Zipf (1946), "The P1 P2 / D
//   hypothesis: on the intercity movement of persons", American Sociological Review 11.
// Idea: flows rise with both populations and fall with distance; regions push and pull beyond their size.
// Shows: two varying intercepts for the two roles of a region, negative binomial flows on the log scale.
// Tags: outcome count; family neg_binomial_2_log; structure regression, network, crossed, varying_intercepts.

data {
  int<lower=2> R; // regions
  int<lower=0> N; // ordered pairs
  array[N] int<lower=1, upper=R> origin;
  array[N] int<lower=1, upper=R> destination;
  vector<lower=0>[N] distance; // kilometres
  vector<lower=0>[R] people; // millions
  array[N] int<lower=0> migrants; // a year
}
transformed data {
  vector[R] log_people = log(people);
  vector[N] log_distance = log(distance / 100);
}
parameters {
  real alpha;
  vector[2] beta; // population of origin, of destination
  real gamma; // distance
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[R] push;
  vector<multiplier=tau[2]>[R] pull;
  real<lower=0> phi;
}
model {
  alpha ~ normal(6, 0.5);
  beta ~ normal(1, 0.2);
  gamma ~ normal(-1, 0.3);
  tau ~ normal(0, 0.4);
  push ~ normal(0, tau[1]);
  pull ~ normal(0, tau[2]);
  phi ~ gamma(4, 0.5);
  migrants ~ neg_binomial_2_log(
    alpha
      + beta[1] * log_people[origin]
      + beta[2] * log_people[destination]
      + gamma * log_distance
      + push[origin]
      + pull[destination],
    phi
  );
}
