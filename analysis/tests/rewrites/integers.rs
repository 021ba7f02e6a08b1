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
    // Turn by turn it is a chain: each value picks its probability by the one before.
    assert_eq!(reversal(text).report.rewrites, ["picked_by_a_category", "flat_on_compact"]);
    let draws = simulate(text, r#"{"N": 2}"#, 4000).unwrap();
    let both = |k: f64| move |x: &dyn Fn(&str) -> f64| f64::from(x("y.1") == k && x("y.2") == k);
    draws.assert_mean("stays at the first", &both(1.0), 1.0 / 3.0);
    draws.assert_mean("goes to the second and stays", &both(2.0), 0.25);
    // Without an order of the turns there is none.
    let wrong = text.replace("p[before, y[n]]", "p[y[N - n + 1], y[n]]");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn a_code_for_what_is_missing_is_no_outcome() {
    let text = "
data { int N; array[N, 2] int<lower=0, upper=2> y; }
parameters { simplex[2] p; }
model { for (n in 1:N) { real lp = 0; for (t in 1:2) if (y[n, t]) lp += log(p[y[n, t]]); target += lp; } }";
    assert!(reversal(text).report.rewrites.contains(&"missing_where_it_is_given_as_missing".to_string()));
    let draws = simulate(text, r#"{"N": 2, "y": [[0, 1], [2, 0]]}"#, 2000).unwrap();
    draws.assert_mean("missing", &|x| x("y_sim.1.1") + x("y_sim.2.2"), 0.0);
    draws.assert_mean("not missing", &|x| f64::from(x("y_sim.1.2") == 1.0), 0.5);
    draws.assert_mean("both", &|x| f64::from(x("y_sim.1.2") == x("y_sim.2.1")), 2.0 / 3.0);
}

#[test]
fn parameters_of_an_outcome_alone_have_no_prior() {
    let text =
        OCCUPANCY.replace("real<lower=0, upper=1> psi", "real<lower=0> odds").replace("psi", "(odds / (1 + odds))");
    let report = reversal(&text).report;
    assert_eq!((report.verdict, report.improper), (Verdict::NeedsRange, vec!["odds".to_string()]));
}

#[test]
fn a_category_picks_its_probability() {
    let text = "
data { int N; array[N] int K; array[N] int y; }
parameters { real<lower=0, upper=1> p; }
model {
  array[N, 3] real chance;
  for (n in 1:N) {
    chance[n, 1] = p;
    for (k in 2:K[n]) chance[n, k] = (1 - p) / (K[n] - 1);
    if (y[n] != -1) target += log(chance[n, y[n]]);
  }
}";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    // Places that are never filled are no category.
    let data = r#"{"N": 3, "K": [2, 3, 3], "y": [1, 1, -1]}"#;
    let draws = simulate(text, data, 4000).unwrap();
    draws.assert_mean("first", &|x| f64::from(x("y_sim.1") == 1.0), 0.5);
    draws.assert_mean("of two", &|x| f64::from(x("y_sim.1") <= 2.0), 1.0);
    draws.assert_mean("third of three", &|x| f64::from(x("y_sim.2") == 3.0), 0.25);
    draws.assert_mean("missing", &|x| x("y_sim.3"), -1.0);
    let wrong = text.replace("(1 - p) / (K[n] - 1)", "1 - p");
    assert!(simulate(&wrong, data, 5).err().unwrap().contains("do not add up to one"));
    // An index is no outcome where the term is something else.
    let other = text.replace("log(chance[n, y[n]])", "-square(chance[n, y[n]])");
    assert_eq!(reversal(&other).report.verdict, Verdict::Unsupported);
}

#[test]
fn what_stands_beside_what_outcomes_decide_is_not_decided_by_them() {
    // The emissions are computed in the loop that finds the first capture, and do not depend on it.
    let text = "
data { int I; int T; array[I, T] int<lower=1, upper=2> y; }
transformed data {
  array[I] int first;
  array[I, T] simplex[2] seen;
  for (i in 1:I) {
    first[i] = y[i, 1] == 1 ? 1 : 2;
    for (t in 1:T) seen[i, t] = [0.25, 0.75]';
  }
}
parameters { real<lower=0, upper=1> p; }
model {
  for (i in 1:I) {
    for (t in 1:T)
      target += t <= first[i] ? log(0.5) : log(p * seen[i, t, y[i, t]] + (1 - p) * (y[i, t] == 1));
  }
}";
    let draws = simulate(text, r#"{"I": 1, "T": 3, "y": [[1, 1, 1]]}"#, 4000).unwrap();
    // After a 1 E(1 - 0.75 p), otherwise a half.
    draws.assert_mean("second", &|x| f64::from(x("y_sim.1.2") == 1.0), 0.5 * 0.625 + 0.25);
}
