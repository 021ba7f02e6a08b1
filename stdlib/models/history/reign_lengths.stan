// How long kings reigned
//
// Field: history
// Data: lengths of reigns of rulers by dynasty, with age at accession; Khmaladze, Brownrigg and Haywood (2007),
//   "Brittle power: on Roman emperors and exponential lengths of rule".
// Idea: gamma lengths with a level for each dynasty; a shape of one would be a constant risk.
// Shows: gamma regression by shape and mean, varying intercepts by offset and multiplier.
// Tags: outcome survival; family gamma; structure regression, varying_intercepts, hierarchical.

data {
  int<lower=1> N; // reigns
  int<lower=1> D; // dynasties
  array[N] int<lower=1, upper=D> dynasty;
  vector[N] age; // at accession, decades from thirty
  vector<lower=0>[N] years;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[D] level; // log mean years from the age of thirty
  real b_age;
  real<lower=0> shape;
}
model {
  mu ~ normal(2.7, 0.4);
  tau ~ normal(0, 0.4);
  level ~ normal(mu, tau);
  b_age ~ normal(-0.2, 0.2);
  shape ~ gamma(4, 3);
  years ~ gamma(shape, shape / exp(level[dynasty] + b_age * age));
}
