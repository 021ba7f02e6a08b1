// Survival of dippers through flood years
//
// Field: ecology
// Data: 294 European dippers marked in 1981-1987 (Marzolin), as first recaptures by year of release;
//   Lebreton et al. (1992), "Modeling survival and testing biological hypotheses using marked animals".
// Idea: Cormack-Jolly-Seber: a released bird survives, evades and is caught again; two of the winters had floods.
// Shows: multinomial counts whose cell probabilities are built in a loop, element by element.
// Tags: outcome counts; family multinomial; structure capture_recapture.

data {
  int<lower=2> T; // occasions of capture
  // m[t, s]: released at t, next caught at s + 1; last column: never again
  array[T - 1, T] int<lower=0> m;
  array[T - 1] int<lower=0, upper=1> flood; // between occasion t and t + 1
}
parameters {
  real<lower=0, upper=1> phi_calm; // yearly survival
  real<lower=0, upper=1> phi_flood;
  real<lower=0, upper=1> p; // probability of recapture
}
model {
  phi_calm ~ beta(1, 1);
  phi_flood ~ beta(1, 1);
  p ~ beta(1, 1);
  for (t in 1:T - 1) {
    vector[T] cell = rep_vector(0, T);
    real unseen = 1; // alive and not caught since t
    for (s in t:T - 1) {
      real alive = unseen * (flood[s] ? phi_flood : phi_calm);
      cell[s] = alive * p;
      unseen = alive * (1 - p);
    }
    cell[T] = 1 - sum(cell[1:T - 1]);
    m[t, t:T] ~ multinomial(cell[t:T]);
  }
}
generated quantities {
  real flood_cost = phi_calm - phi_flood;
}
