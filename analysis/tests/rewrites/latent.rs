//! States and counts that are summed out by a function of the library or in a list: hidden Markov models, state-space models, N-mixtures.

use crate::{reversal, simulate, simulate_at, simulator};
use ppl_analysis::verdict::Verdict;

const STATES: &str = "
data { int N; vector[N] y; }
parameters { simplex[2] rho; array[2] simplex[2] move; }
transformed parameters {
  matrix[2, N] log_omega;
  matrix[2, 2] Gamma;
  for (k in 1:2) { Gamma[k] = move[k]'; for (n in 1:N) log_omega[k, n] = normal_lpdf(y[n] | 10 * k, 1); }
}
model { target += hmm_marginal(log_omega, Gamma, rho); }";

#[test]
fn states_of_a_hidden_markov_model() {
    let report = reversal(STATES).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert!(report.rewrites.contains(&"states_forwards".to_string()));
    let draws = simulate(STATES, r#"{"N": 3}"#, 4000).unwrap();
    let low = |y: f64| f64::from(y < 15.0);
    draws.assert_mean("start", &|x| low(x("y.1")), 0.5);
    draws.assert_mean("stays", &|x| low(x("y.1")) * low(x("y.2")), 0.25);
    draws.assert_mean("stays twice", &|x| low(x("y.1")) * low(x("y.2")) * low(x("y.3")), 1.0 / 6.0);
    draws.assert_mean("within", &|x| (x("y.1") - if x("y.1") < 15.0 { 10.0 } else { 20.0 }).powi(2), 1.0);
    assert_eq!(simulate(STATES, r#"{"N": 0}"#, 1).map(|_| ()), Ok(()));
}

#[test]
fn states_by_number() {
    let text = STATES.replace(
        "for (k in 1:2) { Gamma[k] = move[k]'; for (n in 1:N) log_omega[k, n] = normal_lpdf(y[n] | 10 * k, 1); }",
        "Gamma = [move[1]', move[2]'];
         for (n in 1:N) { log_omega[1, n] = normal_lpdf(y[n] | 10, 1); log_omega[2, n] = normal_lpdf(y[n] | 20, 1); }",
    );
    let draws = simulate(&text, r#"{"N": 2, "y": [0, 0]}"#, 2000).unwrap();
    draws.assert_mean("mean", &|x| x("y_sim.2"), 15.0);
    // A state in which nothing is seen leaves y without a density.
    let wrong = text.replace("log_omega[2, n] = normal_lpdf(y[n] | 20, 1)", "log_omega[2, n] = 0");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn terms_that_weigh_the_paths_are_refused() {
    let wrong = STATES.replace("normal_lpdf(y[n] | 10 * k, 1)", "normal_lpdf(y[n] | 10 * k, 1) + log(rho[k])");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn a_state_space_model_runs_forwards() {
    let text = "
data { int T; matrix[1, T] y; }
parameters { real<lower=0> v; }
model {
  v ~ gamma(100, 100);
  y ~ gaussian_dlm_obs([[1], [0]], [[1, 1], [0, 1]], [[v]], [[0.5, 0], [0, 0]], [3, 1]', [[1, 0], [0, 1]]);
}";
    let report = reversal(text).report;
    assert_eq!((report.verdict, report.given), (Verdict::Exact, vec!["T".to_string()]));
    let draws = simulate(text, r#"{"T": 2}"#, 4000).unwrap();
    // level[t] = level[t - 1] + slope + noise: variance 1 + 1 + 0.5, then 1 + 4 + 1; covariance 1 + 2 + 0.5.
    draws.assert_mean("first", &|x| x("y.1.1"), 4.0);
    draws.assert_mean("second", &|x| x("y.1.2"), 5.0);
    draws.assert_mean("variance", &|x| (x("y.1.1") - 4.0).powi(2), 2.5 + 1.0);
    draws.assert_mean("later", &|x| (x("y.1.2") - 5.0).powi(2), 6.0 + 1.0);
    draws.assert_mean("together", &|x| (x("y.1.1") - 4.0) * (x("y.1.2") - 5.0), 3.5);
}

const COUNTS: &str = "
data { int R; int T; int K; array[R, T] int<lower=0> y; }
transformed data { array[R] int most; for (i in 1:R) most[i] = max(y[i]); }
parameters { real<lower=0> lambda; }
model {
  lambda ~ gamma(2, 1);
  for (i in 1:R) {
    vector[K - most[i] + 1] lp;
    for (j in 1:K - most[i] + 1)
      lp[j] = poisson_lpmf(most[i] + j - 1 | lambda) + binomial_lpmf(y[i] | most[i] + j - 1, 0.5);
    target += log_sum_exp(lp);
  }
}";

#[test]
fn a_count_that_is_not_seen() {
    let reversal = reversal(COUNTS);
    assert_eq!(reversal.report.verdict, Verdict::PriorByMcmc, "{:?}", reversal.report);
    assert_eq!(reversal.report.given, ["R", "T", "K"]);
    // The mass of the counts up to K belongs to the prior.
    assert!(simulator(&reversal).contains("target += log_sum_exp(log_weights)"));
    let draws = simulate_at(COUNTS, r#"{"R": 1, "T": 2, "K": 40}"#, &[3f64.ln()], 4000).unwrap();
    // Halves of a Poisson count of mean 3: means 1.5, and a covariance of var N / 4.
    draws.assert_mean("seen", &|x| x("y_sim.1.1"), 1.5);
    draws.assert_mean("together", &|x| (x("y_sim.1.1") - 1.5) * (x("y_sim.1.2") - 1.5), 0.75);
    // Cut at 1, the count is 1 with probability lambda / (1 + lambda).
    let draws = simulate_at(COUNTS, r#"{"R": 1, "T": 1, "K": 1}"#, &[3f64.ln()], 4000).unwrap();
    draws.assert_mean("cut", &|x| x("y_sim.1.1"), 0.75 / 2.0);
}

#[test]
fn a_count_with_constant_weights_is_drawn_by_them() {
    let text = "
data { int m; int most; array[m] int<lower=0> k; }
transformed data { int least = max(k); }
parameters { real<lower=0, upper=1> theta; }
model {
  vector[most] lp;
  for (n in 1:most) {
    if (n < least) lp[n] = negative_infinity();
    else lp[n] = log(1.0 / most) + binomial_lpmf(k | n, theta);
  }
  target += log_sum_exp(lp);
}";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let draws = simulate(text, r#"{"m": 2, "most": 3}"#, 3000).unwrap();
    draws.assert_mean("count", &|x| x("k_sim.1"), 1.0);
    // E n^2 E theta^2 for what two share: (14 / 3) (1 / 3).
    draws.assert_mean("together", &|x| x("k_sim.1") * x("k_sim.2"), 14.0 / 9.0);
}

#[test]
fn a_sum_that_starts_elsewhere_leaves_counts_out() {
    for (from, to) in [("max(y[i])", "min(y[i])"), ("max(y[i])", "y[i, 1]"), ("max(y[i])", "max(y[i]) + 1")] {
        let wrong = COUNTS.replace(from, to);
        let report = reversal(&wrong).report;
        assert!(!report.rewrites.contains(&"latent_count".to_string()), "{to}: {report:?}");
    }
}

#[test]
fn components_of_groups() {
    let text = "
data { int G; int N; array[N] int<lower=1, upper=G> group; vector[N] y; }
parameters { simplex[2] theta; }
model {
  array[G] vector[2] lps;
  for (g in 1:G) for (k in 1:2) lps[g, k] = categorical_lpmf(k | theta);
  for (n in 1:N) for (k in 1:2) lps[group[n], k] = lps[group[n], k] + normal_lpdf(y[n] | 10 * k, 0.1);
  for (g in 1:G) target += log_sum_exp(lps[g]);
}";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert_eq!(report.rewrites[0], "components_of_groups");
    let data = r#"{"G": 2, "N": 3, "group": [1, 2, 1]}"#;
    let draws = simulate(text, data, 4000).unwrap();
    let low = |x: f64| f64::from(x < 15.0);
    draws.assert_mean("members", &|x| low(x("y.1")) * low(x("y.3")), 0.5);
    draws.assert_mean("never apart", &|x| f64::from(low(x("y.1")) == low(x("y.3"))), 1.0);
    // Both of one component under a flat simplex: E theta^2.
    draws.assert_mean("groups", &|x| low(x("y.1")) * low(x("y.2")), 1.0 / 3.0);
    // Weights that do not add up to one.
    let wrong = text.replace("categorical_lpmf(k | theta)", "log(theta[1])");
    assert!(simulate(&wrong, data, 5).err().unwrap().contains("do not add up to one"));
    // Rows that are left out, or of which something else is made; a group that an outcome decides.
    for (right, wrong) in [
        ("for (g in 1:G) target", "for (g in 2:G) target"),
        ("log_sum_exp(lps[g])", "log_sum_exp(lps[g]) + lps[g, 1]"),
        ("lps[group[n], k] +", "lps[1, k] +"),
        ("lps[group[n], k] = lps", "lps[(y[n] > 3) + 1, k] = lps"),
        ("for (n in 1:N) for (k in 1:2)", "for (n in 1:N) for (k in 1:1)"),
    ] {
        assert!(text.contains(right));
        assert_eq!(reversal(&text.replace(right, wrong)).report.verdict, Verdict::Unsupported, "{wrong}");
    }
}
