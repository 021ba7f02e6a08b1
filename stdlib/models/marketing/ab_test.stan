// Which page sells better?
//
// Field: marketing
// Data: visitors and buyers of versions of a web page in a randomised test; Kohavi, Tang and Xu (2020), Trustworthy
//   Online Controlled Experiments.
// Idea: conversion rates with a common prior, and the decision by what choosing each version is expected to lose;
//   Stucchio (2015), Bayesian A/B Testing at VWO.
// Shows: binomial counts, a decision quantity computed in generated quantities.
// Tags: outcome count; family binomial; structure comparison, experiment.

data {
  int<lower=2> K; // versions
  array[K] int<lower=0> visitors;
  array[K] int<lower=0> buyers;
}
parameters {
  vector<lower=0, upper=1>[K] rate;
}
model {
  rate ~ beta(3, 57);
  buyers ~ binomial(visitors, rate);
}
generated quantities {
  vector[K] loss = max(rate) - rate; // what is lost if version k is chosen and another is better
}
