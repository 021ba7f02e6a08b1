// Wave damage to cargo ships
//
// Field: engineering
// Data: incidents and months at risk of 34 groups of ships by type, year of construction and period of operation;
//   McCullagh and Nelder (1989), Generalized Linear Models, second edition, table 6.2.
// Idea: a log-linear rate model with exposure as offset.
// Shows: a Poisson GLM, factors as integer indices with the first level as baseline.
// Tags: outcome count; family poisson_log; structure regression.

data {
  int<lower=0> N; // groups of ships
  int<lower=2> T; // types of ship
  int<lower=2> Y; // years of construction
  array[N] int<lower=1, upper=T> type;
  array[N] int<lower=1, upper=Y> year; // 1960-64, 1965-69, 1970-74, 1975-79
  vector<lower=0, upper=1>[N] late; // operated in 1975-79 rather than in 1960-74?
  vector<lower=0>[N] service; // aggregate months of service
  array[N] int<lower=0> incidents;
}
transformed data {
  vector[N] log_exposure = log(service) - log(1000);
}
parameters {
  real alpha; // log incidents in 1,000 months: first type, first years, early period
  vector[T - 1] type_effect; // other types against the first
  vector[Y - 1] year_effect; // other years against the first
  real late_effect;
}
transformed parameters {
  vector[T] b_type = append_row(0, type_effect);
  vector[Y] b_year = append_row(0, year_effect);
}
model {
  alpha ~ normal(0, 5);
  type_effect ~ normal(0, 1);
  year_effect ~ normal(0, 1);
  late_effect ~ normal(0, 1);
  incidents ~ poisson_log(log_exposure + alpha + b_type[type] + b_year[year] + late_effect * late);
}
