// Infections that pass through households
//
// Field: epidemiology
// Data: for households with one introduced case, the new cases in each generation; Reed and Frost, as in Abbey
//   (1952), "An examination of the Reed-Frost theory of epidemics", Human Biology 24.
// Idea: a chain binomial: each susceptible person escapes each case of the generation before with probability q.
//   Rates of escape vary by household.
// Shows: binomial counts whose size and probability depend on earlier counts of the same row.
// Tags: outcome counts; family binomial; structure autoregression, hierarchical.

data {
  int<lower=1> H; // households
  int<lower=1> G; // generations that are followed
  array[H] int<lower=2> size; // people
  array[H, G] int<lower=0> cases; // after the introduced one
}
parameters {
  real mu; // mean logit probability of escape
  real<lower=0> tau;
  vector<multiplier=tau>[H] u;
}
transformed parameters {
  vector[H] q = inv_logit(mu + u); // escape from one case
}
model {
  mu ~ normal(1, 0.7);
  tau ~ normal(0, 0.5);
  u ~ normal(0, tau);
  for (h in 1:H) {
    int susceptible = size[h] - 1;
    int infectious = 1;
    for (g in 1:G) {
      cases[h, g] ~ binomial(susceptible, 1 - q[h] ^ infectious);
      susceptible -= cases[h, g];
      infectious = cases[h, g];
    }
  }
}
