// Patents and research spending of firms over the years
//
// Field: econometrics
// Data: yearly patents and research spending of a panel of firms, as the 346 firms of 1970-1979; Hausman, Hall and
//   Griliches (1984), "Econometric models for count data with an application to the patents-R&D relationship".
// Idea: overdispersed counts with firm and year effects, the elasticity of patents to spending in common.
// Shows: crossed varying intercepts in a negative binomial regression, non-centred by multiplier.
// Tags: outcome count; family neg_binomial_2_log; structure regression, varying_intercepts, crossed.

data {
  int<lower=1> N; // firm-years
  int<lower=1> J; // firms
  int<lower=1> T; // years
  array[N] int<lower=1, upper=J> firm;
  array[N] int<lower=1, upper=T> year;
  vector[N] log_spending; // log of research spending, centred
  array[N] int<lower=0> patents;
}
parameters {
  real alpha;
  real elasticity;
  real<lower=0> tau; // standard deviation between firms
  vector<multiplier=tau>[J] u;
  real<lower=0> omega; // standard deviation between years
  vector<multiplier=omega>[T] v;
  real<lower=0> phi;
}
model {
  alpha ~ normal(1.5, 0.7);
  elasticity ~ normal(0.5, 0.3);
  tau ~ normal(0, 0.5);
  omega ~ normal(0, 0.3);
  u ~ normal(0, tau);
  v ~ normal(0, omega);
  phi ~ gamma(4, 1);
  patents ~ neg_binomial_2_log(alpha + elasticity * log_spending + u[firm] + v[year], phi);
}
