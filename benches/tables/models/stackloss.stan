// Loss of ammonia up the stack: a robust regression, Student's t of four degrees of freedom.
data {
  int<lower=1> N;
  vector[N] y; // ten times the percentage that escapes
  vector[N] Air_Flow;
  vector[N] Water_Temp;
  vector[N] Acid_Conc;
}
transformed data {
  matrix[N, 3] x;
  x[:, 1] = (Air_Flow - mean(Air_Flow)) / sd(Air_Flow);
  x[:, 2] = (Water_Temp - mean(Water_Temp)) / sd(Water_Temp);
  x[:, 3] = (Acid_Conc - mean(Acid_Conc)) / sd(Acid_Conc);
}
parameters {
  real<offset=20, multiplier=10> alpha;
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(20, 20);
  beta ~ normal(0, 10);
  sigma ~ normal(0, 10);
  y ~ student_t(4, alpha + x * beta, sigma);
}
