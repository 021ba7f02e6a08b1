// Speed and strength behind ten events
//
// Field: sports
// Data: standardised results of decathletes in ten events; Linden (1977), "A factor analytic study of Olympic
//   decathlon data", Research Quarterly 48.
// Idea: factor analysis: a few latent abilities explain the correlations; Lawley and Maxwell (1971), Factor Analysis
//   as a Statistical Method. The first loadings are triangular and positive to fix rotation and sign.
// Shows: the factors integrated out: multi_normal with low-rank plus diagonal covariance.
// Tags: outcome multivariate; family multi_normal; structure factor, latent_variable.

data {
  int<lower=1> N; // athletes
  int<lower=2> K; // events
  int<lower=1, upper=K> D; // factors
  array[N] vector[K] y;
}
parameters {
  matrix[K - D, D] free; // loadings of the later events
  vector[(D * (D - 1)) %/% 2] below; // and of the first D, below the diagonal
  vector<lower=0>[D] diagonal;
  vector<lower=0>[K] psi; // standard deviations of what is specific to an event
}
transformed parameters {
  matrix[K, D] Lambda = append_row(rep_matrix(0, D, D), free);
  {
    int i = 0;
    for (d in 1:D) {
      Lambda[d, d] = diagonal[d];
      for (c in 1:d - 1) {
        i += 1;
        Lambda[d, c] = below[i];
      }
    }
  }
}
model {
  to_vector(free) ~ normal(0, 0.6);
  below ~ normal(0, 0.6);
  diagonal ~ lognormal(-0.3, 0.3); // away from zero, where the sign of a factor would be free
  psi ~ gamma(6, 8);
  y ~ multi_normal(rep_vector(0, K), add_diag(tcrossprod(Lambda), square(psi)));
}
