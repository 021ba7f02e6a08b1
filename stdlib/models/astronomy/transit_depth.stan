// A planet crosses its star
//
// Field: astronomy
// Data: brightness of a star at equal steps of time around a transit; Winn (2010), "Exoplanet transits and
//   occultations", in Exoplanets, edited by Seager.
// Idea: the light is dimmed by the square of the ratio of radii; ingress and egress are smooth steps, the star
//   drifts.
// Shows: a change that comes and goes, written with tanh so that its times can be inferred; heavy tails.
// Tags: outcome real; family student_t; structure change_point, trend, robust.

data {
  int<lower=1> N; // exposures
  vector[N] flux; // parts per thousand from the mean
}
transformed data {
  vector[N] time = linspaced_vector(N, -1, 1); // units of half the night
}
parameters {
  real base;
  real drift;
  real<lower=0, upper=1> ratio; // radius of the planet over the star's
  real<lower=-1, upper=1> centre;
  real<lower=0> half_width;
  real<lower=0> ingress; // how long the planet takes to enter
  real<lower=0> sigma;
}
transformed parameters {
  real depth = 1000 * square(ratio); // parts per thousand
}
model {
  vector[N] inside = 0.5
      * (
        tanh((time - centre + half_width) / ingress) - tanh((time - centre - half_width) / ingress)
      );
  base ~ normal(0, 2);
  drift ~ normal(0, 1);
  ratio ~ beta(4, 40);
  centre ~ normal(0, 0.2);
  half_width ~ lognormal(-1, 0.3);
  ingress ~ lognormal(-3, 0.3);
  sigma ~ lognormal(0, 0.5);
  flux ~ student_t(5, base + drift * time - depth * inside, sigma);
}
