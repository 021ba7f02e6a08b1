// A gene between two markers
//
// Field: genetics
// Data: for a trait of backcross animals and the probability of their genotype given flanking markers; Lander and
//   Botstein (1989), "Mapping Mendelian factors underlying quantitative traits using RFLP linkage maps", Genetics
//   121.
// Idea: the genotype at the gene is not seen; given the markers its probability is known, so the trait is a mixture
//   of two normals.
// Shows: log_mix with weights from the data.
// Tags: outcome real; family normal; structure mixture, latent_variable.

data {
  int<lower=0> N; // animals
  vector<lower=0, upper=1>[N] flank; // probability of the heterozygote
  vector[N] trait; // standardised
}
parameters {
  real mu; // homozygotes
  real effect; // heterozygotes against them
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 0.5);
  effect ~ normal(0, 0.7);
  sigma ~ normal(0.8, 0.2);
  for (n in 1:N) {
    target += log_mix(
      flank[n],
      normal_lpdf(trait[n] | mu + effect, sigma),
      normal_lpdf(trait[n] | mu, sigma)
    );
  }
}
