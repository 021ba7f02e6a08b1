// Times that are given as censored, beside others that are seen.
data {
  int<lower=0> S;
  int<lower=0> C;
  array[S] int<lower=1, upper=S + C> seen;
  array[C] int<lower=1, upper=S + C> cut;
  vector<lower=0>[S + C] t;
}
parameters {
  real<lower=0> rate;
}
model {
  rate ~ gamma(3, 2);
  t[seen] ~ exponential(rate);
  target += exponential_lccdf(t[cut] | rate);
}
