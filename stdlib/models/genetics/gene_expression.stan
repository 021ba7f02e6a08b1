// Which genes respond to a treatment?
//
// Field: genetics
// Data: for counts of sequenced reads by gene and sample; Love, Huber and Anders (2014), "Moderated estimation of
//   fold change and dispersion for RNA-seq data with DESeq2", Genome Biology 15.
// Idea: log fold changes are shrunk towards zero, dispersions towards a common level.
// Shows: negative binomial counts with size factors, two hierarchies over the same groups.
// Tags: outcome count; family neg_binomial_2_log; structure regression, crossed, varying_slopes, hierarchical.

data {
  int<lower=1> G; // genes
  int<lower=1> S; // samples
  int<lower=0> N; // gene by sample
  array[N] int<lower=1, upper=G> gene;
  array[N] int<lower=1, upper=S> sample;
  vector<lower=0>[S] size; // relative depth of sequencing
  vector<lower=0, upper=1>[S] treated;
  array[N] int<lower=0> reads;
}
transformed data {
  vector[N] log_size = log(size)[sample];
  vector[N] x = treated[sample];
}
parameters {
  vector[G] alpha; // log reads
  real<lower=0> tau;
  vector<multiplier=tau>[G] change; // log fold change
  real mu_phi;
  real<lower=0> tau_phi;
  vector<offset=mu_phi, multiplier=tau_phi>[G] log_phi;
}
model {
  alpha ~ normal(4, 1);
  tau ~ normal(0, 0.5);
  change ~ normal(0, tau);
  mu_phi ~ normal(1.5, 0.5);
  tau_phi ~ normal(0, 0.5);
  log_phi ~ normal(mu_phi, tau_phi);
  reads ~ neg_binomial_2_log(log_size + alpha[gene] + change[gene] .* x, exp(log_phi[gene]));
}
