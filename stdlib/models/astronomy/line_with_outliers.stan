// A straight line through data of which some are bad
//
// Field: astronomy
// Data: pairs of a quantity and its measurement with stated errors, a few of them wrong, as the example of Hogg,
//   Bovy and Lang (2010), "Data analysis recipes: fitting a model to data".
// Idea: a mixture of the line and of a broad normal for the bad points, the class of each point summed out.
// Shows: log_mix over densities, the probability that each point is bad in generated quantities.
// Tags: outcome real; family normal; structure regression, mixture, robust.

data {
  int<lower=1> N; // points
  vector[N] x;
  vector<lower=0>[N] se; // stated standard errors
  vector[N] y;
}
parameters {
  real intercept;
  real slope;
  real<lower=0, upper=1> bad; // share of bad points
  real bad_mean;
  real<lower=0> bad_sd;
}
transformed parameters {
  vector[N] mu = intercept + slope * x;
}
model {
  intercept ~ normal(0, 5);
  slope ~ normal(0, 5);
  bad ~ beta(2, 10);
  bad_mean ~ normal(0, 5);
  bad_sd ~ normal(10, 5);
  for (n in 1:N) {
    target += log_mix(
      bad,
      normal_lpdf(y[n] | bad_mean, hypot(bad_sd, se[n])),
      normal_lpdf(y[n] | mu[n], se[n])
    );
  }
}
generated quantities {
  vector[N] prob_bad;
  for (n in 1:N) {
    real lp_bad = log(bad) + normal_lpdf(y[n] | bad_mean, hypot(bad_sd, se[n]));
    real lp_good = log1m(bad) + normal_lpdf(y[n] | mu[n], se[n]);
    prob_bad[n] = exp(lp_bad - log_sum_exp(lp_bad, lp_good));
  }
}
