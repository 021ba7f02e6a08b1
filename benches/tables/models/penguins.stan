// Body mass of penguins: one slope of flipper length, intercepts of species, a shift of sex.
data {
  int<lower=1> N;
  int<lower=1> J_species;
  vector[N] y; // grams
  vector[N] flipper_length_mm;
  vector[N] sex;
  array[N] int<lower=1, upper=J_species> species;
}
parameters {
  vector<offset=4000, multiplier=1000>[J_species] alpha;
  real<multiplier=20> beta_flipper;
  real<multiplier=500> beta_sex;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(4000, 1000);
  beta_flipper ~ normal(0, 50);
  beta_sex ~ normal(0, 1000);
  sigma ~ normal(0, 500);
  y ~ normal(alpha[species] + beta_flipper * (flipper_length_mm - 200) + beta_sex * sex, sigma);
}
