// Genetic drift, seen through samples
//
// Field: genetics
// Data: for allele counts in samples from one population at several times; Wright (1931), "Evolution in Mendelian
//   populations", Genetics 16; Williamson and Slatkin (1999), "Using maximum likelihood to estimate population size
//   from temporal changes in allele frequencies".
// Idea: on the arcsine scale drift is a random walk whose variance is a quarter of generations over the effective
//   size.
// Shows: a state-space model with uneven steps, a transformation that stabilises variances.
// Tags: outcome bounded; family binomial; structure state_space.

data {
  int<lower=1> T; // samples
  array[T] int<lower=0> n; // alleles counted
  vector<lower=0>[T] gap; // generations since the sample before
  array[T] int<lower=0> y;
}
parameters {
  real log_size; // log effective size, alleles
  real<lower=0, upper=1> start; // frequency in the first sample
  vector[T - 1] z;
}
transformed parameters {
  vector[T] p;
  {
    vector[T - 1] step = z .* sqrt(gap[2:T] / 4 * exp(-log_size));
    p = square(sin(asin(sqrt(start)) + append_row(0, cumulative_sum(step))));
  }
}
model {
  log_size ~ normal(5, 1);
  start ~ beta(4, 4);
  z ~ std_normal();
  y ~ binomial(n, p);
}
