// What advertising brings
//
// Field: marketing
// Data: weekly sales of a brand and its spending on several media; Jin et al. (2017), "Bayesian methods for media
//   mix modeling with carryover and shape effects", Google.
// Idea: advertising carries over to later weeks with a geometric decay, and its effect saturates (Hill function).
// Shows: a recursion over time in transformed parameters feeding a nonlinear regression.
// Tags: outcome real; family normal; structure regression, decay, dose_response, trend, seasonality.

data {
  int<lower=1> T; // weeks
  int<lower=1> M; // media
  matrix<lower=0>[T, M] spend; // in units of the mean spending
  vector[T] sales; // index, 100 is the long-run mean
}
transformed data {
  vector[T] week = linspaced_vector(T, 1, T);
  vector[T] season = sin(2 * pi() * week / 52);
  vector[T] coseason = cos(2 * pi() * week / 52);
}
parameters {
  real base;
  real trend; // per year
  vector[2] b_season;
  vector<lower=0, upper=1>[M] retain; // share of the advertising stock that is left a week later
  vector<lower=0>[M] half; // stock at half of the largest effect
  vector<lower=0>[M] effect; // largest effect on sales
  real<lower=0> sigma;
}
transformed parameters {
  matrix[T, M] stock;
  stock[1] = spend[1];
  for (t in 2:T) {
    stock[t] = spend[t] + retain' .* stock[t - 1];
  }
}
model {
  vector[T] mu = base + trend * week / 52 + b_season[1] * season + b_season[2] * coseason;
  for (m in 1:M) {
    mu += effect[m] * stock[:, m] ./ (half[m] + stock[:, m]);
  }
  base ~ normal(80, 10);
  trend ~ normal(0, 3);
  b_season ~ normal(0, 5);
  retain ~ beta(2, 2);
  half ~ lognormal(0.5, 0.5);
  effect ~ normal(0, 20);
  sigma ~ normal(0, 5);
  sales ~ normal(mu, sigma);
}
