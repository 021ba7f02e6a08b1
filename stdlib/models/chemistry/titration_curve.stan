// Titration of a weak acid
//
// Field: chemistry
// Data: pH while a strong base is added to an acid, a laboratory exercise; Harris (2010), Quantitative Chemical
//   Analysis, chapter 10.
// Idea: before the equivalence point the pH follows Henderson and Hasselbalch; around it, a steep sigmoid.
// Shows: a nonlinear mean with logit and tanh, robust noise where the electrode lags.
// Tags: outcome real; family student_t; structure growth_curve, robust.

data {
  int<lower=1> N; // additions
  vector[N] pH;
}
transformed data {
  vector[N] volume = linspaced_vector(N, 0.5, 25); // millilitres
}
parameters {
  real pKa;
  real<lower=0> equivalence; // millilitres
  real<lower=0> jump; // half the rise at equivalence, pH units
  real<lower=0> width; // of the rise, millilitres
  real<lower=0> buffer; // slope of the buffer region
  real<lower=0> sigma;
}
model {
  vector[N] share = volume / equivalence;
  pKa ~ normal(4.8, 0.5);
  equivalence ~ normal(15, 2);
  jump ~ normal(2.5, 0.5);
  width ~ lognormal(-0.5, 0.4);
  buffer ~ normal(0.43, 0.1);
  sigma ~ lognormal(-2.5, 0.4);
  pH ~ student_t(
    4,
    pKa
      + buffer * log(share ./ (1.02 - fmin(share, 1)))
      + jump * (1 + tanh((volume - equivalence) / width)),
    sigma
  );
}
