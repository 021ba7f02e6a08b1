// The return to schooling, by an instrument
//
// Field: sociology
// Data: for log wages and years of schooling, and whether a college was near; Card (1993), "Using geographic
//   variation in college proximity to estimate the return to schooling".
// Idea: what makes people stay in school also affects wages, so errors of both equations are correlated; nearness
//   changes schooling only.
// Shows: a bivariate normal likelihood with a mean that contains the other outcome, instrumental variables.
// Tags: outcome multivariate; family multi_normal; structure regression, causal.

data {
  int<lower=0> N; // people
  vector<lower=0, upper=1>[N] near; // was there a college near the home?
  array[N] vector[2] y; // years of schooling, log wage
}
parameters {
  vector[2] alpha;
  real gamma; // effect of nearness on schooling
  real beta; // return to a year of schooling
  vector<lower=0>[2] sigma;
  real<lower=-1, upper=1> rho;
}
transformed parameters {
  cov_matrix[2] Sigma; // of schooling and log wage, given nearness
  {
    // log wage = ... + beta * schooling + error: the errors of schooling enter both
    real shared = rho * sigma[1] * sigma[2];
    Sigma[1, 1] = square(sigma[1]);
    Sigma[1, 2] = beta * square(sigma[1]) + shared;
    Sigma[2, 1] = Sigma[1, 2];
    Sigma[2, 2] = square(beta * sigma[1]) + square(sigma[2]) + 2 * beta * shared;
  }
}
model {
  alpha[1] ~ normal(13, 1);
  alpha[2] ~ normal(1.5, 0.3);
  gamma ~ normal(0.5, 0.5);
  beta ~ normal(0.08, 0.05);
  sigma[1] ~ normal(2, 0.5);
  sigma[2] ~ normal(0.4, 0.1);
  rho ~ uniform(-1, 1);
  for (n in 1:N) {
    real schooling = alpha[1] + gamma * near[n];
    y[n] ~ multi_normal([schooling, alpha[2] + beta * schooling]', Sigma);
  }
}
