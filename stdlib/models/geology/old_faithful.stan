// Short and long eruptions of Old Faithful
//
// Field: geology
// Data: durations in minutes of 272 eruptions of the geyser in Yellowstone; Azzalini and Bowman (1990),
//   "A look at some data on the Old Faithful geyser" (faithful, R datasets).
// Idea: a mixture of two normals, told apart by the order of their means.
// Shows: an ordered vector against label switching, and a discrete class summed out with log_mix.
// Tags: outcome positive; family normal; structure mixture.

data {
  int<lower=0> N; // eruptions
  vector<lower=0>[N] duration; // minutes
}
parameters {
  real<lower=0, upper=1> lambda; // share of the short ones
  ordered[2] mu;
  vector<lower=0>[2] sigma;
}
model {
  lambda ~ beta(2, 2);
  mu[1] ~ normal(2, 1);
  mu[2] ~ normal(4, 1);
  sigma ~ exponential(2);
  for (n in 1:N) {
    target += log_mix(
      lambda,
      normal_lpdf(duration[n] | mu[1], sigma[1]),
      normal_lpdf(duration[n] | mu[2], sigma[2])
    );
  }
}
generated quantities {
  // at what duration is an eruption as likely short as long? Solved by bisection between the two means
  real boundary;
  {
    real lo = mu[1];
    real hi = mu[2];
    while (hi - lo > 1e-6) {
      real mid = (lo + hi) / 2;
      real odds = log(lambda)
          + normal_lpdf(mid | mu[1], sigma[1])
          - log1m(lambda)
          - normal_lpdf(mid | mu[2], sigma[2]);
      if (odds > 0) {
        lo = mid;
      } else {
        hi = mid;
      }
    }
    boundary = (lo + hi) / 2;
  }
}
