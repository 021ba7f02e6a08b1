// Attack and defence in football
//
// Field: sports
// Data: goals of home and away teams in a season, as the Italian Serie A of Baio and Blangiardo (2010), "Bayesian
//   hierarchical model for the prediction of football results", Journal of Applied Statistics 37.
// Idea: goals are Poisson with the attack of one side and the defence of the other; Maher (1982), "Modelling
//   association football scores".
// Shows: two outcomes of one match that share parameters with their roles exchanged.
// Tags: outcome count; family poisson_log; structure paired_comparison, crossed, hierarchical.

data {
  int<lower=1> N; // matches
  int<lower=2> T; // teams
  array[N] int<lower=1, upper=T> home;
  array[N] int<lower=1, upper=T> away;
  array[N] int<lower=0> home_goals;
  array[N] int<lower=0> away_goals;
}
parameters {
  real level; // log goals of an average side away
  real advantage; // of playing at home
  real<lower=0> sd_attack;
  real<lower=0> sd_defence;
  vector<multiplier=sd_attack>[T] attack;
  vector<multiplier=sd_defence>[T] defence;
}
model {
  level ~ normal(0, 0.3);
  advantage ~ normal(0.3, 0.2);
  sd_attack ~ normal(0, 0.3);
  sd_defence ~ normal(0, 0.3);
  attack ~ normal(0, sd_attack);
  defence ~ normal(0, sd_defence);
  home_goals ~ poisson_log(level + advantage + attack[home] - defence[away]);
  away_goals ~ poisson_log(level + attack[away] - defence[home]);
}
generated quantities {
  vector[T] strength = attack + defence;
}
