// At what age do batters peak?
//
// Field: sports
// Data: yearly batting performance of players over their careers; Berry, Reese and Larkey (1999), "Bridging
//   different eras in sports", Journal of the American Statistical Association 94.
// Idea: a quadratic in age with a level, a peak and a fall of each player's own around common ones.
// Shows: a nonlinear parametrisation that makes the peak itself a parameter, three varying effects.
// Tags: outcome real; family normal; structure varying_intercepts, varying_slopes, polynomial, growth_curve.

data {
  int<lower=1> N; // seasons of players
  int<lower=1> J; // players
  array[N] int<lower=1, upper=J> player;
  vector<lower=-10, upper=12>[N] age; // years from 28
  vector[N] ops; // on base plus slugging, thousandths
}
parameters {
  real mean_level; // at the peak
  real mean_peak; // years from 28
  real mean_log_fall; // log of the thousandths lost at five years from the peak
  vector<lower=0>[3] tau;
  vector<offset=mean_level, multiplier=tau[1]>[J] level;
  vector<offset=mean_peak, multiplier=tau[2]>[J] peak;
  vector<offset=mean_log_fall, multiplier=tau[3]>[J] log_fall;
  real<lower=0> sigma;
}
model {
  mean_level ~ normal(780, 50);
  mean_peak ~ normal(0, 2);
  mean_log_fall ~ normal(3.3, 0.3);
  tau ~ normal(0, [60, 1.5, 0.2]');
  level ~ normal(mean_level, tau[1]);
  peak ~ normal(mean_peak, tau[2]);
  log_fall ~ normal(mean_log_fall, tau[3]);
  sigma ~ normal(0, 80);
  ops ~ normal(level[player] - exp(log_fall[player]) .* square((age - peak[player]) / 5), sigma);
}
