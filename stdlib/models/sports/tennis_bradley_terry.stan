// Tennis players who get better and worse
//
// Field: sports
// Data: matches between tennis players over several years; McHale and Morton (2011), "A Bradley-Terry type model for
//   forecasting tennis match results", International Journal of Forecasting 27.
// Idea: Bradley and Terry (1952), "Rank analysis of incomplete block designs", with strengths that are random walks;
//   Glickman (1999), "Parameter estimation in large dynamic paired comparison experiments".
// Shows: a matrix of latent states by cumulative sums, indexed by player and year.
// Tags: outcome binary; family bernoulli_logit; structure paired_comparison, state_space, latent_variable.

data {
  int<lower=1> N; // matches
  int<lower=2> P; // players
  int<lower=1> Y; // years
  array[N] int<lower=1, upper=P> a;
  array[N] int<lower=1, upper=P> b;
  array[N] int<lower=1, upper=Y> year;
  array[N] int<lower=0, upper=1> a_wins;
}
parameters {
  real<lower=0> tau; // standard deviation of the first year's strengths
  real<lower=0> drift; // of the change from year to year
  matrix[P, Y] z;
}
transformed parameters {
  matrix[P, Y] strength;
  strength[:, 1] = tau * z[:, 1];
  for (y in 2:Y) {
    strength[:, y] = strength[:, y - 1] + drift * z[:, y];
  }
}
model {
  tau ~ normal(0, 1);
  drift ~ normal(0, 0.3);
  to_vector(z) ~ std_normal();
  for (n in 1:N) {
    a_wins[n] ~ bernoulli_logit(strength[a[n], year[n]] - strength[b[n], year[n]]);
  }
}
