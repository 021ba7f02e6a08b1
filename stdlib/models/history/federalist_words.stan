// Who wrote the Federalist papers?
//
// Field: history
// Data: counts of function words in blocks of text by known authors; Mosteller and Wallace (1964), Inference and
//   Disputed Authorship: The Federalist.
// Idea: negative binomial word counts with a rate for each author and word; most words do not tell the authors
//   apart, so differences shrink.
// Shows: differences with a double exponential prior, rates per thousand words with length as exposure.
// Tags: outcome count; family neg_binomial_2_log; structure regression, hierarchical, comparison.

data {
  int<lower=1> N; // counts
  int<lower=1> W; // words
  array[N] int<lower=1, upper=W> word;
  array[N] int<lower=0, upper=1> hamilton; // by Hamilton rather than Madison?
  vector<lower=0.5, upper=3>[N] length; // of the block, thousands of words
  array[N] int<lower=0> count;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[W] level; // log uses per thousand words
  real<lower=0> spread;
  vector<multiplier=spread>[W] difference; // Hamilton against Madison
  real<lower=0> phi;
}
model {
  mu ~ normal(0.5, 0.5);
  tau ~ normal(0, 0.7);
  level ~ normal(mu, tau);
  spread ~ lognormal(-1, 0.5);
  difference ~ double_exponential(0, spread);
  phi ~ gamma(4, 0.8);
  count ~ neg_binomial_2_log(
    log(length) + level[word] + difference[word] .* (to_vector(hamilton) - 0.5),
    phi
  );
}
