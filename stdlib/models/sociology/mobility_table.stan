// Fathers' and sons' occupations
//
// Field: sociology
// Data: for a square table of counts by origin and destination; Goodman (1968), "The analysis of cross-classified
//   data", Journal of the American Statistical Association 63.
// Idea: quasi-independence: rows and columns are independent but for those who stay, who have a parameter for each
//   class.
// Shows: a log-linear model of a table, an effect only on the diagonal.
// Tags: outcome count; family poisson_log; structure regression, crossed.

data {
  int<lower=2> K; // classes
  int<lower=0> N; // cells
  array[N] int<lower=1, upper=K> origin;
  array[N] int<lower=1, upper=K> destination;
  array[N] int<lower=0> men;
}
transformed data {
  vector[N] stays;
  for (n in 1:N) {
    stays[n] = origin[n] == destination[n];
  }
}
parameters {
  real alpha;
  vector[K - 1] row;
  vector[K - 1] column;
  vector[K] inherit; // log ratio by which staying is more frequent
}
model {
  alpha ~ normal(3, 0.5);
  row ~ normal(0, 0.7);
  column ~ normal(0, 0.7);
  inherit ~ normal(0.7, 0.5);
  men ~ poisson_log(
    alpha
      + append_row(0, row)[origin]
      + append_row(0, column)[destination]
      + stays .* inherit[origin]
  );
}
