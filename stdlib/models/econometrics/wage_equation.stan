// What a year of school is worth
//
// Field: econometrics
// Data: hourly wages, schooling and experience of workers in a household survey, as in the Current Population
//   Survey; Berndt (1991), The Practice of Econometrics, chapter 5.
// Idea: the human capital earnings function: log wages are linear in schooling and quadratic in experience; Mincer
//   (1974), Schooling, Experience and Earnings.
// Shows: a linear regression with a polynomial and an interaction, its coefficients as a vector.
// Tags: outcome positive; family lognormal; structure regression, polynomial, interaction.

data {
  int<lower=1> N; // workers
  vector<lower=0>[N] wage; // dollars an hour
  vector[N] school; // years of schooling, standardised
  vector<lower=0, upper=4>[N] experience; // decades in the labour market
  array[N] int<lower=0, upper=1> union_member;
}
transformed data {
  vector[N] member = to_vector(union_member);
  matrix[N, 5] X = [school', experience', square(experience)', member', (member .* school)']';
}
parameters {
  real alpha; // log wage of an average schooling without experience
  vector[5] beta; // school, experience, its square, union, union by school
  real<lower=0> sigma;
}
model {
  alpha ~ normal(2.5, 0.5);
  beta ~ normal(0, [0.2, 0.3, 0.05, 0.2, 0.1]');
  sigma ~ exponential(3);
  wage ~ lognormal(alpha + X * beta, sigma);
}
generated quantities {
  real peak = beta[3] < 0
      ? -beta[2] / (2 * beta[3])
      : positive_infinity(); // decades until wages are highest
}
