// Clicks on advertisements by place on the page
//
// Field: marketing
// Data: how often advertisements were shown at each place of a result page and clicked; Richardson, Dominowska and
//   Ragno (2007), "Predicting clicks: estimating the click-through rate for new ads".
// Idea: a click needs that the place is looked at and that the advertisement appeals: rates multiply, places decay.
// Shows: beta_binomial by a mean that is a product, its concentration in common.
// Tags: outcome count; family beta_binomial; structure crossed, decay, hierarchical.

data {
  int<lower=1> N; // advertisements at places
  int<lower=1> A; // advertisements
  int<lower=1> P; // places, from the top
  array[N] int<lower=1, upper=A> advert;
  array[N] int<lower=1, upper=P> place;
  array[N] int<lower=0> shown;
  array[N] int<lower=0> clicks;
}
parameters {
  real<lower=0, upper=1> decay; // how much less each place is looked at than the one above
  real<lower=0, upper=1> mean_appeal;
  real<lower=0> concentration;
  vector<lower=0, upper=1>[A] appeal; // click rate at the top
  real<lower=0> kappa;
}
model {
  vector[N] rate;
  for (n in 1:N) {
    rate[n] = appeal[advert[n]] * decay ^ (place[n] - 1);
  }
  decay ~ beta(6, 3);
  mean_appeal ~ beta(2, 18);
  concentration ~ lognormal(3, 0.5);
  appeal ~ beta(mean_appeal * concentration, (1 - mean_appeal) * concentration);
  kappa ~ lognormal(5, 0.5);
  clicks ~ beta_binomial(shown, rate * kappa + 1e-6, (1 - rate) * kappa);
}
