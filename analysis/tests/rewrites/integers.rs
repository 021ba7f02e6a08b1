//! Integers drawn by their probabilities.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

const OCCUPANCY: &str = "
data { int R; int T; array[R, T] int<lower=0, upper=1> y; }
transformed data { array[R] int s; for (i in 1:R) s[i] = sum(y[i]); }
parameters { real<lower=0, upper=1> psi; real<lower=0, upper=1> p; }
model {
  for (i in 1:R) {
    if (s[i] > 0) target += log(psi) + bernoulli_lpmf(y[i] | p);
    else target += log_sum_exp(log(psi) + bernoulli_lpmf(y[i] | p), log1m(psi));
  }
}";

#[test]
fn occupied_sites() {
    let report = reversal(OCCUPANCY).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites);
    assert_eq!((report.observed, report.given), (vec!["y".to_string()], vec!["R".to_string(), "T".to_string()]));
    let draws = simulate(OCCUPANCY, r#"{"R": 2, "T": 3}"#, 4000).unwrap();
    draws.assert_mean("seen", &|x| x("y_sim.1.1"), 0.25);
    // 1/2 + 1/2 of the mean of (1 - p)^3.
    draws.assert_mean("never seen", &|x| f64::from(x("y_sim.2.1") + x("y_sim.2.2") + x("y_sim.2.3") == 0.0), 0.625);
    // Of psi p^2: the detections of a site hang together.
    draws.assert_mean("seen twice", &|x| x("y_sim.1.1") * x("y_sim.1.3"), 1.0 / 6.0);
    // Of psi^2 p^2: those of two sites by their parameters only.
    draws.assert_mean("seen at both", &|x| x("y_sim.1.1") * x("y_sim.2.1"), 1.0 / 9.0);
}

#[test]
fn what_is_no_probability_is_refused_as_it_runs() {
    // Zero-truncation left out: the terms of rows with a detection add up to less.
    let wrong = OCCUPANCY.replace("log(psi) + bernoulli_lpmf(y[i] | p), log1m(psi)", "log(psi), log1m(psi)");
    let error = simulate(&wrong, r#"{"R": 2, "T": 3}"#, 1).err().unwrap();
    assert!(error.contains("do not add up to one"), "{error}");
}

const CAPTURES: &str = "
functions { int first_of(array[] int y) { for (t in 1:size(y)) if (y[t]) return t; return 0; } }
data { int N; int T; array[N, T] int<lower=0, upper=1> y; }
transformed data {
  array[N] int first;
  array[N] int last = rep_array(0, N);
  for (i in 1:N) first[i] = first_of(y[i]);
  for (n in 1:N) for (t in 1:T) if (y[n, t]) last[n] = t;
}
parameters { real<lower=0, upper=1> phi; real<lower=0, upper=1> p; }
transformed parameters {
  vector[T] chi;
  chi[T] = 1;
  for (k in 1:T - 1) chi[T - k] = 1 - phi + phi * (1 - p) * chi[T - k + 1];
}
model {
  for (i in 1:N) {
    if (first[i] > 0) {
      for (t in first[i] + 1:last[i]) { 1 ~ bernoulli(phi); y[i, t] ~ bernoulli(p); }
      1 ~ bernoulli(chi[last[i]]);
    }
  }
}";

#[test]
fn histories_are_drawn_from_the_first_capture_on() {
    let report = reversal(CAPTURES).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let data = r#"{"N": 3, "T": 4, "y": [[1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]}"#;
    let draws = simulate(CAPTURES, data, 4000).unwrap();
    draws.assert_mean("first", &|x| x("y_sim.1.1"), 1.0);
    draws.assert_mean("before", &|x| x("y_sim.2.1") + x("y_sim.2.2") + x("y_sim.3.4"), 0.0);
    draws.assert_mean("second", &|x| x("y_sim.1.2"), 0.25);
    // Captured at 4 after 1: alive three times over, phi^3 p.
    draws.assert_mean("fourth", &|x| x("y_sim.1.4"), 0.125);
    // At 2 and 4: phi^3 p^2.
    draws.assert_mean("second and fourth", &|x| x("y_sim.1.2") * x("y_sim.1.4"), 1.0 / 12.0);
    draws.assert_mean("after the third", &|x| x("y_sim.2.4"), 0.25);
}

#[test]
fn words_of_topics() {
    let text = "
data { int K; int V; int N; array[N] int<lower=1, upper=V> w; array[N] int<lower=1, upper=2> doc; }
parameters { array[2] simplex[K] theta; array[K] simplex[V] phi; }
model {
  array[K] real gamma;
  for (n in 1:N) {
    for (k in 1:K) gamma[k] = log(theta[doc[n], k]) + log(phi[k, w[n]]);
    target += log_sum_exp(gamma);
  }
}";
    let report = reversal(text).report;
    assert_eq!(report.observed, ["w"]);
    assert_eq!(report.given, ["K", "V", "N", "doc"]);
    let draws = simulate(text, r#"{"K": 2, "V": 3, "N": 2, "doc": [1, 1]}"#, 4000).unwrap();
    draws.assert_mean("word", &|x| f64::from(x("w.1") == 2.0), 1.0 / 3.0);
    // Two words are the same: with one topic (2/3 of the time) 2/(3 + 1) = 1/2, with two 1/3.
    draws.assert_mean("same word", &|x| f64::from(x("w.1") == x("w.2")), 2.0 / 3.0 * 0.5 + 1.0 / 9.0);
}

#[test]
fn what_one_turn_leaves_for_the_next_is_not_lost() {
    // `before` carries the outcome to the next turn: no row by itself.
    let text = "
data { int N; array[N] int<lower=1, upper=2> y; }
parameters { array[2] simplex[2] p; }
model {
  int before = 1;
  for (n in 1:N) { target += log(p[before, y[n]]); before = y[n]; }
}";
    assert_eq!(reversal(text).report.verdict, Verdict::Unsupported);
}

#[test]
fn a_code_for_what_is_missing_is_no_outcome() {
    let text = "
data { int N; array[N, 2] int<lower=0, upper=2> y; }
parameters { simplex[2] p; }
model { for (n in 1:N) { real lp = 0; for (t in 1:2) if (y[n, t]) lp += log(p[y[n, t]]); target += lp; } }";
    assert_eq!(reversal(text).report.verdict, Verdict::Unsupported);
}

#[test]
fn parameters_of_an_outcome_alone_have_no_prior() {
    let text =
        OCCUPANCY.replace("real<lower=0, upper=1> psi", "real<lower=0> odds").replace("psi", "(odds / (1 + odds))");
    let report = reversal(&text).report;
    assert_eq!((report.verdict, report.improper), (Verdict::NeedsRange, vec!["odds".to_string()]));
}
