// Who finishes before whom?
//
// Field: sports
// Data: orders of finish of the same competitors in several races, as the Formula One seasons of Henderson and
//   Kirrane (2018), "A comparison of truncated and time-weighted Plackett-Luce models", Bayesian Analysis 13.
// Idea: each place goes to one of those left with odds by skill; Luce (1959), Individual Choice Behavior, and
//   Plackett (1975), "The analysis of permutations".
// Shows: a ranking as a sequence of choices from a shrinking set, odds of zero for who has finished.
// Tags: outcome ordinal; family categorical; structure ranking, choice, hierarchical.

data {
  int<lower=1> R; // races
  int<lower=2> K; // competitors
  array[R, K] int<lower=1, upper=K> finish; // who came first, second, ...
}
parameters {
  real<lower=0> tau;
  vector<multiplier=tau>[K] skill;
}
model {
  tau ~ normal(0, 1);
  skill ~ normal(0, tau);
  for (r in 1:R) {
    vector[K] odds = exp(skill);
    for (k in 1:K) {
      finish[r, k] ~ categorical(odds / sum(odds));
      odds[finish[r, k]] = 0;
    }
  }
}
