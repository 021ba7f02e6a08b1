// Learning from rewards
//
// Field: psychology
// Data: for choices of persons between two options with rewards that were set in advance; Rescorla and Wagner
//   (1972); Daw (2011), "Trial-by-trial data analysis using computational models".
// Idea: values move towards each reward by a learning rate; choices follow a softmax of the values.
// Shows: a state that depends on earlier choices inside the likelihood, bounded parameters by Phi_approx.
// Tags: outcome binary; family bernoulli_logit; structure choice, autoregression, hierarchical.

data {
  int<lower=1> J; // persons
  int<lower=1> T; // trials
  array[J, T, 2] int<lower=0, upper=1> reward; // what each option would give
  array[J, T] int<lower=0, upper=1> second; // was the second option chosen?
}
parameters {
  vector[2] mu; // probit learning rate, log sensitivity
  vector<lower=0>[2] tau;
  vector[J] z_rate;
  vector[J] z_sensitivity;
}
transformed parameters {
  vector[J] rate = Phi_approx(mu[1] + tau[1] * z_rate);
  vector[J] sensitivity = exp(mu[2] + tau[2] * z_sensitivity);
}
model {
  mu[1] ~ normal(-0.5, 0.5);
  mu[2] ~ normal(1, 0.5);
  tau ~ normal(0, 0.3);
  z_rate ~ std_normal();
  z_sensitivity ~ std_normal();
  for (j in 1:J) {
    vector[2] value = [0.5, 0.5]';
    for (t in 1:T) {
      second[j, t] ~ bernoulli_logit(sensitivity[j] * (value[2] - value[1]));
      int k = second[j, t] + 1;
      value[k] += rate[j] * (reward[j, t, k] - value[k]);
    }
  }
}
