// Variation between batches of a dyestuff
//
// Field: chemistry
// Data: yields in grams of standard colour of five preparations from each of six batches of an intermediate; Davies
//   (1947), Statistical Methods in Research and Production.
// Idea: the balanced one-way random effects model, batch means integrated out; Box and Tiao (1973), Bayesian
//   Inference in Statistical Analysis, section 5.1.
// Shows: multi_normal with compound symmetry, one matrix for all batches.
// Tags: outcome multivariate; family multi_normal; structure nested, hierarchical, varying_intercepts.

data {
  int<lower=1> B; // batches
  int<lower=2> S; // preparations of each
  array[B] vector[S] yield;
}
parameters {
  real mu;
  real<lower=0> tau; // standard deviation between batches
  real<lower=0> sigma; // within batches
}
transformed parameters {
  real intraclass = square(tau)
      / (square(tau) + square(sigma)); // share of the variance that lies between batches
}
model {
  mu ~ normal(1500, 100);
  tau ~ normal(0, 50);
  sigma ~ normal(0, 100);
  yield ~ multi_normal(rep_vector(mu, S), add_diag(rep_matrix(square(tau), S, S), square(sigma)));
}
