// The tail of fire claims
//
// Field: finance
// Data: insurance claims above a reporting threshold by line of business, as the Danish fire claims of McNeil
//   (1997), "Estimating the tails of loss severity distributions using extreme value theory", ASTIN Bulletin 27.
// Idea: excesses over a threshold are generalised Pareto, here a Lomax, with tail indices of lines pooled.
// Shows: pareto_type_2 with a location, a hierarchy on the log scale.
// Tags: outcome positive; family pareto_type_2; structure hierarchical, varying_intercepts.

data {
  int<lower=1> N; // claims
  int<lower=1> J; // lines of business
  array[N] int<lower=1, upper=J> line;
  vector<lower=1>[N] claim; // millions, all above one
}
parameters {
  real mean_log_index;
  real<lower=0> tau;
  vector<offset=mean_log_index, multiplier=tau>[J] log_index;
  real<lower=0> scale; // millions
}
transformed parameters {
  vector[J] tail_index = exp(log_index); // below 1 the mean is infinite
}
model {
  mean_log_index ~ normal(1, 0.2);
  tau ~ normal(0, 0.2);
  log_index ~ normal(mean_log_index, tau);
  scale ~ lognormal(0, 0.5);
  claim ~ pareto_type_2(1, scale, tail_index[line]);
}
