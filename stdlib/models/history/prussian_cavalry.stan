// Soldiers killed by the kicks of horses
//
// Field: history
// Data: deaths in fourteen corps of the Prussian army in each of the years 1875-1894; Bortkiewicz (1898), Das Gesetz
//   der kleinen Zahlen (prussian, R package pscl).
// Idea: rare accidents are Poisson; varying rates of corps and years ask whether the risk was the same everywhere
//   and always.
// Shows: crossed varying intercepts whose scales may well be zero, an event of a new corps and year by simulation.
// Tags: outcome count; family poisson_log; structure crossed, varying_intercepts, hierarchical.

data {
  int<lower=1> N; // years of corps
  int<lower=1> C; // corps; the first are the Guards
  int<lower=1> Y; // years, from 1875
  array[N] int<lower=1, upper=C> corps;
  array[N] int<lower=1, upper=Y> year;
  array[N] int<lower=0> deaths;
}
parameters {
  real alpha; // log deaths a year of an average corps
  real<lower=0> sd_corps;
  real<lower=0> sd_year;
  vector<multiplier=sd_corps>[C] u;
  vector<multiplier=sd_year>[Y] v;
}
model {
  alpha ~ normal(-0.5, 1);
  sd_corps ~ normal(0, 0.5);
  sd_year ~ normal(0, 0.5);
  u ~ normal(0, sd_corps);
  v ~ normal(0, sd_year);
  deaths ~ poisson_log(alpha + u[corps] + v[year]);
}
generated quantities {
  int deaths_new = poisson_log_rng(normal_rng(alpha, hypot(sd_corps, sd_year)));
}
