// Remission of leukaemia under 6-mercaptopurine
//
// Field: medicine
// Data: weeks in remission of 42 children, some censored when the trial ended; Freireich et al. (1963), Blood 21
//   (gehan, R package MASS).
// Idea: Weibull accelerated failure times; whoever is still in remission contributes the survival function.
// Shows: right censoring by weibull_lccdf, multiple indexing with integer arrays from transformed data.
// Tags: outcome survival; family weibull; structure regression, censoring, experiment.

data {
  int<lower=0> N; // patients
  vector<lower=0>[N] weeks; // to relapse, or to the end of observation
  array[N] int<lower=0, upper=1> relapsed; // 0: censored
  vector<lower=0, upper=1>[N] treated; // 6-MP rather than placebo
}
transformed data {
  int R = sum(relapsed);
  array[R] int seen;
  array[N - R] int censored;
  {
    int i = 0;
    int j = 0;
    for (n in 1:N) {
      if (relapsed[n]) {
        i += 1;
        seen[i] = n;
      } else {
        j += 1;
        censored[j] = n;
      }
    }
  }
}
parameters {
  real alpha; // log weeks, placebo
  real beta; // effect of treatment on log weeks
  real<lower=0> shape;
}
transformed parameters {
  vector[N] scale = exp(alpha + beta * treated);
  real median_ratio = exp(beta); // how many times longer remission lasts
}
model {
  alpha ~ normal(2, 1);
  beta ~ normal(0, 1);
  shape ~ gamma(4, 3);
  weeks[seen] ~ weibull(shape, scale[seen]);
  target += weibull_lccdf(weeks[censored] | shape, scale[censored]);
}
