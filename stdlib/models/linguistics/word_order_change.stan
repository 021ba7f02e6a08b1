// The rise of auxiliary "do"
//
// Field: linguistics
// Data: for clauses with and without the new form by period and context; Kroch (1989), "Reflexes of grammar in
//   patterns of language change", Language Variation and Change 1.
// Idea: the constant rate hypothesis: contexts start at different times but change along logistic curves with the
//   same slope; a deviation for each context tests it.
// Shows: binomial_logit over time with varying intercepts and slopes.
// Tags: outcome bounded; family binomial_logit; structure regression, trend, varying_intercepts, varying_slopes.

data {
  int<lower=1> C; // contexts
  int<lower=0> N; // periods by context
  array[N] int<lower=1, upper=C> context;
  vector[N] year;
  array[N] int<lower=0> clauses;
  array[N] int<lower=0> with_do;
}
transformed data {
  vector[N] century = (year - 1550) / 100;
}
parameters {
  real alpha;
  real<lower=0> beta; // logits a century
  vector<lower=0>[2] tau;
  vector<multiplier=tau[1]>[C] a;
  vector<multiplier=tau[2]>[C] b;
}
model {
  alpha ~ normal(-0.5, 1);
  beta ~ normal(2, 0.5);
  tau[1] ~ normal(0, 1);
  tau[2] ~ normal(0, 0.3);
  a ~ normal(0, tau[1]);
  b ~ normal(0, tau[2]);
  with_do ~ binomial_logit(clauses, alpha + a[context] + (beta + b[context]) .* century);
}
