// How fast an epidemic grows
//
// Field: epidemiology
// Data: for daily reported cases in the first weeks of an epidemic, whose reporting depends on the day of the week.
// Idea: exponential growth is a line on the log scale; Wallinga and Lipsitch (2007), "How generation intervals
//   shape the relationship between growth rates and reproductive numbers".
// Shows: negative binomial regression on time with effects of days that sum to zero, derived quantities.
// Tags: outcome count; family neg_binomial_2_log; structure regression, trend, seasonality.

data {
  int<lower=7> T; // days
  array[T] int<lower=0> cases;
}
transformed data {
  vector[T] day = linspaced_vector(T, 0, T - 1);
  array[T] int weekday;
  for (t in 1:T) {
    weekday[t] = 1 + (t - 1) % 7;
  }
}
parameters {
  real alpha; // log cases on the first day
  real<lower=0> growth; // per day
  real<lower=0> tau;
  vector[6] z; // of six days of the week
  real<lower=0> phi;
}
transformed parameters {
  vector[7] w = append_row(tau * z, -tau * sum(z)); // effects of the days
}
model {
  alpha ~ normal(2, 0.7);
  growth ~ normal(0.06, 0.03);
  tau ~ normal(0, 0.2);
  z ~ std_normal();
  phi ~ gamma(3, 0.2);
  cases ~ neg_binomial_2_log(alpha + growth * day + w[weekday], phi);
}
generated quantities {
  real doubling_time = log(2) / growth; // days
}
