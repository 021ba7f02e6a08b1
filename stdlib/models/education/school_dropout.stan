// When do students leave without a degree?
//
// Field: education
// Data: for terms until students leave, censored at the end of the study; Singer and Willett (1993), "It's about
//   time: using discrete-time survival analysis to study duration and the timing of events".
// Idea: in each term those who are still there leave with some probability, whose complementary log-log is linear.
// Shows: discrete-time survival in a loop, an outcome that is T + 1 for those who stayed.
// Tags: outcome survival, ordinal; family categorical; structure regression, censoring, varying_intercepts.

data {
  int<lower=1> T; // terms
  int<lower=1> S; // schools
  int<lower=0> N; // students
  array[N] int<lower=1, upper=S> school;
  vector[N] grades; // at entry, standardised
  array[N] int<lower=1, upper=T + 1> leaves; // term in which the student leaves, T + 1: stayed
}
parameters {
  vector[T] alpha; // complementary log-log of the hazard in each term
  real beta;
  real<lower=0> tau;
  vector<multiplier=tau>[S] u;
}
model {
  alpha ~ normal(-2, 0.7);
  beta ~ normal(0, 0.5);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  for (n in 1:N) {
    vector[T + 1] p;
    real stays = 1;
    for (t in 1:T) {
      real hazard = inv_cloglog(alpha[t] + beta * grades[n] + u[school[n]]);
      p[t] = stays * hazard;
      stays *= 1 - hazard;
    }
    p[T + 1] = stays;
    leaves[n] ~ categorical(p);
  }
}
