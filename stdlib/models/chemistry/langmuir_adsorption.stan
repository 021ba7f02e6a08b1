// How much gas a surface holds
//
// Field: chemistry
// Data: amounts adsorbed at several pressures on samples of an adsorbent; Langmuir (1918), "The adsorption of gases
//   on plane surfaces of glass, mica and platinum", Journal of the American Chemical Society 40.
// Idea: sites fill up: coverage is K p / (1 + K p); samples differ in capacity but not in affinity.
// Shows: a nonlinear mean on the log scale, where it becomes a difference of logarithms.
// Tags: outcome positive; family lognormal; structure dose_response, varying_intercepts.

data {
  int<lower=1> N; // measurements
  int<lower=1> A; // samples
  array[N] int<lower=1, upper=A> sample;
  vector<lower=0, upper=20>[N] pressure; // kilopascals
  vector<lower=0>[N] adsorbed; // millimoles per gram
}
parameters {
  real mean_log_capacity;
  real<lower=0> tau;
  vector<offset=mean_log_capacity, multiplier=tau>[A] log_capacity;
  real log_affinity; // of the pressure at half coverage, inverse kilopascals
  real<lower=0> sigma;
}
model {
  mean_log_capacity ~ normal(1, 0.5);
  tau ~ normal(0, 0.3);
  log_capacity ~ normal(mean_log_capacity, tau);
  log_affinity ~ normal(-1.5, 0.7);
  sigma ~ normal(0, 0.1);
  adsorbed ~ lognormal(log_capacity[sample] + log_inv_logit(log_affinity + log(pressure)), sigma);
}
