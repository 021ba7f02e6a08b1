// Two diagnostic tests and no gold standard
//
// Field: medicine
// Data: for cross-classified results of two tests in two populations; Hui and Walter (1980), "Estimating the error
//   rates of diagnostic tests", Biometrics 36.
// Idea: the disease is not seen; given it, the tests err independently. Two populations with different prevalence
//   identify the error rates.
// Shows: multinomial cells from a vector of mixtures, a bound that tells a test from its negation.
// Tags: outcome counts; family multinomial; structure latent_variable, mixture, measurement_error.

data {
  int<lower=1> P; // populations
  array[P, 4] int<lower=0> y; // results ++, +-, -+, --
}
parameters {
  vector<lower=0, upper=1>[P] prevalence;
  vector<lower=0.5, upper=1>[2] sensitivity;
  vector<lower=0.5, upper=1>[2] specificity;
}
transformed parameters {
  array[P] vector[4] cell;
  {
    vector[2] se = sensitivity;
    vector[2] sp = specificity;
    vector[4] ill = [
        se[1] * se[2],
        se[1] * (1 - se[2]),
        (1 - se[1]) * se[2],
        (1 - se[1]) * (1 - se[2])
      ]';
    vector[4] well = [
        (1 - sp[1]) * (1 - sp[2]),
        (1 - sp[1]) * sp[2],
        sp[1] * (1 - sp[2]),
        sp[1] * sp[2]
      ]';
    for (p in 1:P) {
      cell[p] = prevalence[p] * ill + (1 - prevalence[p]) * well;
    }
  }
}
model {
  prevalence ~ beta(1, 2);
  sensitivity ~ beta(8, 2);
  specificity ~ beta(9, 1);
  for (p in 1:P) {
    y[p] ~ multinomial(cell[p]);
  }
}
