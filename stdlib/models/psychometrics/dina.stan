// Which skills have been mastered?
//
// Field: psychometrics
// Data: for right and wrong answers to items that need known skills; Junker and Sijtsma (2001), "Cognitive
//   assessment models with few assumptions, and connections with nonparametric item response theory".
// Idea: DINA: whoever has all the skills of an item is right unless he slips, others guess. The profile of skills
//   is summed out.
// Shows: integer arithmetic on bits in transformed data, a mixture over all profiles.
// Tags: outcome multivariate, binary; family bernoulli; structure mixture, item_response, latent_variable.

data {
  int<lower=1> J; // persons
  int<lower=1> I; // items
  int<lower=1> K; // skills
  array[I, K] int<lower=0, upper=1> Q; // does the item need the skill?
  array[J, I] int<lower=0, upper=1> right;
}
transformed data {
  int C = to_int(2 ^ K); // profiles of skills
  array[C, I] int able; // does the profile have all skills of the item?
  for (c in 1:C) {
    for (i in 1:I) {
      int bits = c - 1;
      able[c, i] = 1;
      for (k in 1:K) {
        if (Q[i, k] == 1 && bits % 2 == 0) {
          able[c, i] = 0;
        }
        bits = bits %/% 2;
      }
    }
  }
}
parameters {
  simplex[C] share;
  vector<lower=0, upper=0.5>[I] slip;
  vector<lower=0, upper=0.5>[I] guess;
}
model {
  share ~ dirichlet(rep_vector(2, C));
  slip ~ beta(2, 10);
  guess ~ beta(3, 10);
  for (j in 1:J) {
    vector[C] lp = log(share);
    for (c in 1:C) {
      for (i in 1:I) {
        lp[c] += bernoulli_lpmf(right[j, i] | able[c, i] ? 1 - slip[i] : guess[i]);
      }
    }
    target += log_sum_exp(lp);
  }
}
