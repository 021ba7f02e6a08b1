// Grades that pick their probability out of a list of which only the first places are filled; a code for what is missing.
data {
  int<lower=1> N;
  array[N] int<lower=2, upper=4> grades;
  array[N] int grade;
}
parameters {
  real a;
}
model {
  array[N, 4] real p;
  a ~ normal(0, 1);
  for (n in 1:N) {
    p[n, 1] = inv_logit(a);
    for (k in 2:grades[n]) p[n, k] = (1 - p[n, 1]) / (grades[n] - 1);
    if (grade[n] != -1) target += log(p[n, grade[n]]);
  }
}
