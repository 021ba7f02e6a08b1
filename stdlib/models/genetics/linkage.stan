// Linkage of two genes in 197 animals
//
// Field: genetics
// Data: 197 animals in four categories; Rao (1973), Linear Statistical Inference and Its Applications, section 5g,
//   as used by Dempster, Laird and Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm".
// Idea: cell probabilities are linear in one parameter, the squared fraction without recombination.
// Shows: the smallest multinomial model, a quantity derived from its parameter.
// Tags: outcome counts; family multinomial; structure latent_variable.

data {
  array[4] int<lower=0> y;
}
parameters {
  real<lower=0, upper=1> theta;
}
model {
  theta ~ beta(1, 1);
  y ~ multinomial([0.5 + theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4]');
}
generated quantities {
  real recombination = 1 - sqrt(theta);
}
