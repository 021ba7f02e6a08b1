// Heat kills bacteria
//
// Field: food science
// Data: colonies on plates after heating for some time at several temperatures; Mafart et al. (2002), "On
//   calculating sterility in thermal preservation methods: application of the Weibull frequency distribution model".
// Idea: log survivors fall as a power of time over the time of first decimal reduction, which is log-linear in
//   temperature (Bigelow).
// Shows: offset and multiplier from the priors, so that sampling starts and moves on the scale of each parameter.
// Tags: outcome count; family neg_binomial_2_log; structure decay, dose_response, regression.

data {
  int<lower=1> N; // plates
  int<lower=1> C; // temperatures
  vector[C] celsius;
  array[N] int<lower=1, upper=C> bath;
  vector<lower=0, upper=5>[N] minutes;
  array[N] int<lower=0> colonies;
}
parameters {
  real<offset=5.5, multiplier=0.3> log_start; // log colonies without heating
  real<
    offset=0.5,
    multiplier=0.3
  > log10_delta; // log10 minutes to the first tenfold reduction at 60 degrees
  real<offset=1.8, multiplier=0.2> log_z; // log of the degrees that make it ten times shorter
  real<multiplier=0.3> log_shape; // below 0: survivors are tough
  real<lower=0> phi;
}
model {
  vector[C] delta = 10 ^ (log10_delta - (celsius - 60) / exp(log_z));
  log_start ~ normal(5.5, 0.3);
  log10_delta ~ normal(0.5, 0.3);
  log_z ~ normal(1.8, 0.2);
  log_shape ~ normal(0, 0.3);
  phi ~ gamma(4, 0.3);
  colonies ~ neg_binomial_2_log(
    log_start - log(10) * (minutes ./ delta[bath]) ^ exp(log_shape),
    phi
  );
}
