// Repeatability and reproducibility of a gauge
//
// Field: engineering
// Data: parts measured several times by each operator; Burdick, Borror and Montgomery (2005), Design and Analysis of
//   Gauge R&R Studies.
// Idea: variance components of parts, operators, their interaction and repetition, in a fully crossed design.
// Shows: crossed effects with an interaction held in a matrix, shares of variance as answers.
// Tags: outcome real; family normal; structure crossed, varying_intercepts, interaction, measurement_error, design.

data {
  int<lower=1> N; // measurements
  int<lower=1> P; // parts
  int<lower=1> O; // operators
  array[N] int<lower=1, upper=P> part;
  array[N] int<lower=1, upper=O> operator_;
  vector[N] y; // micrometres from the nominal size
}
parameters {
  real mu;
  real<lower=0> sd_part;
  real<lower=0> sd_operator;
  real<lower=0> sd_both;
  real<lower=0> sigma; // repeatability
  vector<multiplier=sd_part>[P] a;
  vector<multiplier=sd_operator>[O] b;
  matrix[P, O] z;
}
model {
  mu ~ normal(0, 5);
  sd_part ~ normal(0, 5);
  sd_operator ~ normal(0, 2);
  sd_both ~ normal(0, 1);
  sigma ~ normal(0, 2);
  a ~ normal(0, sd_part);
  b ~ normal(0, sd_operator);
  to_vector(z) ~ std_normal();
  for (n in 1:N) {
    y[n] ~ normal(mu + a[part[n]] + b[operator_[n]] + sd_both * z[part[n], operator_[n]], sigma);
  }
}
generated quantities {
  real gauge_share = 1
      - square(sd_part) / (square(sd_part) + square(sd_operator) + square(sd_both) + square(sigma));
}
