// Every construct of the language at least once. The meaning is of no importance.
functions {
  real plain(real x, data int n, array[] int k, array[,,] vector v) {
    return x;
  }
  void nothing() {
    print("nothing: ", 1, " ", 2.5);
    return;
  }
  real forward(real x);
  @silent
  real forward(real x) {
    return x ^ 2;
  }
  tuple(real, array[] int, tuple(vector, matrix)) many(complex z, complex_vector zv, complex_row_vector zr,
                                                       complex_matrix zm, row_vector r) {
    return (1.0, {1, 2}, ([1, 2]', [[1, 2], [3, 4]]));
  }
  real own_lpdf(vector y, real mu) {
    return normal_lpdf(y | mu, 1);
  }
  real empty_lpmf(int n) {
    return 0;
  }
  vector own_rng(int n) {
    vector[n] x;
    for (i in 1:n)
      x[i] = normal_rng(0, 1);
    return x;
  }
  real own_jacobian(real x) {
    jacobian += x;
    return exp(x);
  }
  void own_lp(real x) {
    target += -0.5 * square(x);
  }
}
data {
  int<lower=0> N;
  int<lower=1, upper=10> K;
  array[N] int<lower=0, upper=1> y;
  array[N, K] vector<lower=0>[3] v;
  real<offset=1, multiplier=2> o;
  tuple(int<lower=0>, array[3] real) t;
  matrix[N, K] X;
  row_vector<upper=2>[K] r;
  complex z;
  complex_vector[N] zv;
  complex_row_vector[N] zr;
  complex_matrix[N, K] zm;
  ;
}
transformed data {
  int M = N + 1, L;
  array[2, 2] real a = {{1, 2}, {3, 4.5e-3}};
  vector[3] b = [1, 2, 3]';
  complex i2 = 2i + .5 + 1.e3i;
  L = 1_000;
  profile("setup") {
    real local = 3;
    L += 1;
    L -= 1;
    L *= 2;
    a[1, 1] /= 2;
    b .*= b;
    b ./= b;
  }
}
parameters {
  real mu;
  real<lower=0, upper=1> p;
  simplex[K] s;
  unit_vector[K] u;
  ordered[K] ord;
  positive_ordered[K] pord;
  sum_to_zero_vector[K] zs;
  sum_to_zero_matrix[K, N] zsm;
  corr_matrix[K] C;
  cov_matrix[K] S;
  cholesky_factor_corr[K] LC;
  cholesky_factor_cov[K] LS;
  cholesky_factor_cov[K, N] LSn;
  row_stochastic_matrix[K, K] P;
  column_stochastic_matrix[K, K] Q;
  array[K] simplex[3] ss;
}
transformed parameters {
  real<lower=0> sigma = exp(mu);
  jacobian += mu;
}
model {
  real x;
  tuple(real, real) pair;
  (x, pair.1) = (1, 2);
  pair = (1,
          2);
  for (n in 1:N) {
    if (n == 1) {
      continue;
    } else if (n > N - 1 && !(n != 3) || n <= 2) {
      break;
    } else {
      ;
    }
  }
  for (e in y) print(e);
  while (x < 3)
    x = x + 1;
  if (x >= 1) x = 2; else x = 3;
  y ~ bernoulli(p);
  mu ~ normal(0, 1) T[0, ];
  mu ~ normal(0, 1) T[, 1];
  mu ~ normal(0, 1) T[-1, 1];
  mu + 1 ~ std_normal();
  target += normal_lpdf(mu | 0, 1) + normal_lupdf(mu | 0, 1);
  target += target() + empty_lpmf(1 | );
  own_lp(mu);
  x = -mu ^ 2 + X[1, 2] * (1 - p) / 2 %/% 3 % 4 .* 5 ./ 6 - +7 .^ -8;
  x = X[1 : 2, : ][ : , 2][1] ? 1 : 0 ? 2 : 3;
  x = ((X' * X \ b)')[ : 1] * v[y, 1 : , : 2, : ];
  x = many(1i, zv, zr, zm, r).3.1[1];
  {
    int T = 3;
    T = T + 1;
  }
  reject("no: ", x);
  fatal_error("no");
}
generated quantities {
  array[N] int y_rep = bernoulli_rng(rep_array(p, N));
  real total = reduce_sum(plain, {1, 2}, 1);
}
