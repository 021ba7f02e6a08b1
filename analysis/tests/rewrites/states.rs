//! Components and states drawn by their weights.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

const MIXTURE: &str = "
data { int K; int N; int J; array[N, J] int<lower=0> y; }
parameters { simplex[K] theta; vector[K] m; }
model {
  vector[K] lps;
  m ~ normal(0, 1);
  for (n in 1:N) {
    lps = log(theta);
    for (j in 1:J) for (k in 1:K) lps[k] += poisson_lpmf(y[n, j] | exp(m[k] - 0.5));
    target += log_sum_exp(lps);
  }
}";

#[test]
fn outcomes_of_one_component() {
    let report = reversal(MIXTURE).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert_eq!(report.rewrites, ["mixture_by_component", "flat_on_compact"]);
    let draws = simulate(MIXTURE, r#"{"K": 2, "N": 2, "J": 2}"#, 6000).unwrap();
    // exp(m - 1/2) has mean 1 and second moment e.
    draws.assert_mean("mean", &|x| x("y.1.1"), 1.0);
    draws.assert_mean("one row, one component", &|x| f64::from(x("y.1.1") > 0.0 && x("y.1.2") > 0.0), {
        // Both are seen: the mean of (1 - exp(-r))^2 for a log-normal r, by quadrature.
        both(1.0)
    });
    draws.assert_mean("two rows", &|x| f64::from(x("y.1.1") > 0.0 && x("y.2.1") > 0.0), both(2.0 / 3.0));
}

/// P(both of two counts are positive), if they share their rate with this probability.
fn both(shared: f64) -> f64 {
    let (mut seen, mut twice, mut total) = (0.0, 0.0, 0.0);
    for i in -800..=800 {
        let z = f64::from(i) / 100.0;
        let weight = (-0.5 * z * z).exp();
        let p = 1.0 - (-(z - 0.5f64).exp()).exp();
        total += weight;
        seen += weight * p;
        twice += weight * p * p;
    }
    shared * twice / total + (1.0 - shared) * (seen / total).powi(2)
}

#[test]
fn weights_that_tilt_are_refused_as_it_runs() {
    let wrong = MIXTURE.replace("lps = log(theta)", "lps = m + log(theta)");
    let error = simulate(&wrong, r#"{"K": 2, "N": 2, "J": 2}"#, 1).err().unwrap();
    assert!(error.contains("do not add up to one"), "{error}");
}

#[test]
fn components_written_out() {
    let text = "
data { int N; vector[N] y; }
parameters { real<lower=0, upper=1> p; }
model {
  for (n in 1:N) {
    array[2] real lp;
    lp[1] = log(p) + normal_lpdf(y[n] | 3, 1);
    lp[2] = log1m(p) + normal_lpdf(y[n] | -1, 1);
    target += log_sum_exp(lp);
  }
}";
    let data = r#"{"N": 2, "y": [0, 0]}"#;
    let draws = simulate(text, data, 4000).unwrap();
    draws.assert_mean("mean", &|x| x("y_sim.1"), 1.0);
    draws.assert_mean("square", &|x| x("y_sim.2").powi(2), 6.0);
    // A component that draws nothing leaves y without a density.
    let wrong = text.replace("log1m(p) + normal_lpdf(y[n] | -1, 1)", "log1m(p)");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn densities_without_their_constants_do_not_weigh_components() {
    let wrong = MIXTURE.replace("poisson_lpmf", "poisson_lupmf");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

const HIDDEN: &str = "
data { int N; int K; array[N] real y; }
parameters { array[K] simplex[K] move; ordered[K] mu; }
model {
  mu ~ normal(0, 1);
  {
    array[K] real acc;
    array[N, K] real gamma;
    for (k in 1:K) gamma[1, k] = normal_lpdf(y[1] | 10 * k, 1);
    for (t in 2:N) {
      for (k in 1:K) {
        for (j in 1:K) acc[j] = gamma[t - 1, j] + log(move[j, k]) + normal_lpdf(y[t] | 10 * k, 1);
        gamma[t, k] = log_sum_exp(acc);
      }
    }
    target += log_sum_exp(gamma[N]);
  }
}";

#[test]
fn states_move_by_rows() {
    let report = reversal(HIDDEN).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let draws = simulate(HIDDEN, r#"{"N": 4, "K": 2}"#, 6000).unwrap();
    draws.assert_mean("start", &|x| x("y.1"), 15.0);
    // move[1, 1] of a flat simplex: stays half of the time, and twice with 1/2 (1/3 + 1/3) / ... of the time.
    let low = |y: f64| f64::from(y < 15.0);
    draws.assert_mean("stays", &|x| low(x("y.1")) * low(x("y.2")), 0.25);
    // E p^2 = 1/3 for a uniform p.
    draws.assert_mean("stays twice", &|x| low(x("y.1")) * low(x("y.2")) * low(x("y.3")), 1.0 / 6.0);
    // From 1 to 2 and back: E p E q = 1/4, times 1/2.
    draws.assert_mean("and back", &|x| low(x("y.1")) * (1.0 - low(x("y.2"))) * low(x("y.3")), 0.125);
    // Its rows, not its columns, add up to one: transposed, the simulator stops.
    let wrong = HIDDEN.replace("move[j, k]", "move[k, j]");
    assert!(simulate(&wrong, r#"{"N": 4, "K": 2}"#, 20).err().unwrap().contains("do not add up to one"));
}

#[test]
fn weights_of_the_old_state_alone_are_no_transition() {
    let wrong = HIDDEN.replace("log(move[j, k])", "log(move[1, j])");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn the_sum_must_be_that_of_the_last_time() {
    let wrong = HIDDEN.replace("log_sum_exp(gamma[N])", "log_sum_exp(gamma[N - 1])");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn weights_from_the_outcomes_are_no_weights() {
    // The largest count bounds the sum: what is summed over depends on the outcome.
    let text = "
data { int R; int T; array[R, T] int<lower=0, upper=9> y; }
transformed data { array[R] int most; for (i in 1:R) most[i] = max(y[i]); }
parameters { real<lower=0, upper=1> p; }
model {
  for (i in 1:R) {
    vector[10 - most[i]] lp;
    for (j in 1:10 - most[i]) lp[j] = poisson_lpmf(most[i] + j - 1 | 3) + binomial_lpmf(y[i] | most[i] + j - 1, p);
    target += log_sum_exp(lp);
  }
}";
    assert!(!reversal(text).report.rewrites.contains(&"mixture_by_component".to_string()));
}

#[test]
fn one_list_that_each_turn_replaces() {
    let text = "
data { int N; int K; array[N] real y; }
parameters { array[K] simplex[K] move; }
model {
  vector[K] lp;
  vector[K] next;
  for (k in 1:K) lp[k] = -log(K) + normal_lpdf(y[1] | 10 * k, 1);
  for (t in 2:N) {
    for (k in 1:K) next[k] = log_sum_exp(to_vector(log(move[:, k])) + lp) + normal_lpdf(y[t] | 10 * k, 1);
    lp = next;
  }
  target += log_sum_exp(lp);
}";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let draws = simulate(text, r#"{"N": 3, "K": 2}"#, 4000).unwrap();
    let low = |y: f64| f64::from(y < 15.0);
    draws.assert_mean("start", &|x| x("y.1"), 15.0);
    draws.assert_mean("stays twice", &|x| low(x("y.1")) * low(x("y.2")) * low(x("y.3")), 1.0 / 6.0);
    draws.assert_mean("and back", &|x| low(x("y.1")) * (1.0 - low(x("y.2"))) * low(x("y.3")), 0.125);
    // A first value to which the terms of the first time are added, and something else that the loop computes.
    let added = text
        .replace("vector[K] lp;", "vector[K] lp = rep_vector(-log(K), K); matrix[K, K] log_move;")
        .replace(
            "lp[k] = -log(K) + normal_lpdf(y[1] | 10 * k, 1)",
            "{ log_move[k] = log(move[k])'; lp[k] += normal_lpdf(y[1] | 10 * k, 1); }",
        )
        .replace("to_vector(log(move[:, k])) + lp", "lp + log_move[:, k]");
    let draws = simulate(&added, r#"{"N": 3, "K": 2}"#, 4000).unwrap();
    draws.assert_mean("and back", &|x| low(x("y.1")) * (1.0 - low(x("y.2"))) * low(x("y.3")), 0.125);
    // Columns do not add up to one.
    let wrong = text.replace("move[:, k]", "move[k]");
    assert!(simulate(&wrong, r#"{"N": 3, "K": 2}"#, 20).err().unwrap().contains("do not add up to one"));
    // What is left of the turn before must be all that the next begins with.
    assert_eq!(reversal(&text.replace("lp = next;", "lp = next + 1;")).report.verdict, Verdict::Unsupported);
}

#[test]
fn rows_that_another_loop_reads() {
    let text = "
data { int N; int J; int K; array[N, J] int<lower=0, upper=1> y; }
parameters { simplex[K] theta; }
transformed parameters {
  array[N] vector[K] lp;
  for (n in 1:N) for (k in 1:K) {
    lp[n, k] = log(theta[k]);
    for (j in 1:J) lp[n, k] += bernoulli_lpmf(y[n, j] | k == 1 ? 0 : 1);
  }
}
model { for (n in 1:N) target += log_sum_exp(lp[n]); }";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert!(report.rewrites.contains(&"rows_where_they_are_read".to_string()));
    let draws = simulate(text, r#"{"N": 2, "J": 2, "K": 2}"#, 3000).unwrap();
    draws.assert_mean("one component a row", &|x| f64::from(x("y.1.1") == x("y.1.2")), 1.0);
    draws.assert_mean("rows", &|x| x("y.1.1") * x("y.2.1"), 1.0 / 3.0);
    // A row that another turn reads cannot be computed where it is read.
    let wrong = text.replace("log_sum_exp(lp[n])", "log_sum_exp(lp[n]) + 0 * lp[1, 1]");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}
