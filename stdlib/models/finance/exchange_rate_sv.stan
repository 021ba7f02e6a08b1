// Stochastic volatility of an exchange rate
//
// Field: finance
// Data: daily returns of an exchange rate, in percent, as the pound against the dollar in Harvey, Ruiz and Shephard
//   (1994), "Multivariate stochastic variance models", Review of Economic Studies 61.
// Idea: log variance is a latent autoregression; Kim, Shephard and Chib (1998), "Stochastic volatility: likelihood
//   inference and comparison with ARCH models".
// Shows: a latent state in non-centred form, built up in transformed parameters.
// Tags: outcome real; family normal; structure stochastic_volatility, state_space, autoregression, latent_variable.

data {
  int<lower=1> T; // days
  vector[T] r; // return, percent
}
parameters {
  real mu; // mean log variance
  real<lower=-1, upper=1> phi; // its persistence
  real<lower=0> sigma; // standard deviation of its shocks
  vector[T] z;
}
transformed parameters {
  vector[T] h; // log variance
  h[1] = mu + sigma / sqrt(1 - square(phi)) * z[1];
  for (t in 2:T) {
    h[t] = mu + phi * (h[t - 1] - mu) + sigma * z[t];
  }
}
model {
  mu ~ normal(-1, 0.7);
  phi ~ normal(0.9, 0.05);
  sigma ~ normal(0, 0.2);
  z ~ std_normal();
  r ~ normal(0, exp(h / 2));
}
