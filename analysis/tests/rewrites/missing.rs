//! Missing data: lists that are assembled from what is seen and from parameters, and codes for what is missing.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

const ASSEMBLED: &str = "
data { int S; int M; array[S] int seen; array[M] int lost; vector[S] y_seen; }
transformed data { int N = S + M; }
parameters { real mu; vector[M] y_lost; }
transformed parameters { vector[N] y; y[seen] = y_seen; y[lost] = y_lost; }
model { mu ~ normal(0, 1); y[1] ~ normal(mu, 1); y[2:N] ~ normal(y[1:N - 1], 1); }";

#[test]
fn parts_are_read_off_the_whole() {
    let report = reversal(ASSEMBLED).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert_eq!(report.observed, ["y_seen"]);
    let draws = simulate(ASSEMBLED, r#"{"S": 2, "M": 1, "seen": [1, 3], "lost": [2]}"#, 4000).unwrap();
    // A walk: var y[1] = 2, and cov(y[k], y[l]) = var of the earlier.
    draws.assert_mean("first", &|x| x("y_seen.1").powi(2), 2.0);
    draws.assert_mean("between", &|x| x("y_lost.1").powi(2), 3.0);
    draws.assert_mean("last", &|x| x("y_seen.2").powi(2), 4.0);
    draws.assert_mean("first and last", &|x| x("y_seen.1") * x("y_seen.2"), 2.0);
    draws.assert_mean("the whole", &|x| (x("y.2") - x("y_lost.1")).abs(), 0.0);
}

#[test]
fn an_element_from_two_parts_or_none_is_refused_as_it_runs() {
    for lost in ["[1]", "[4]"] {
        let data = format!(r#"{{"S": 2, "M": 1, "seen": [1, 3], "lost": {lost}}}"#);
        assert!(simulate(ASSEMBLED, &data, 1).is_err(), "{lost}");
    }
}

#[test]
fn parts_that_are_changed_are_no_copies() {
    let scaled = ASSEMBLED.replace("= y_lost", "= 2 * y_lost");
    assert!(!reversal(&scaled).report.rewrites.contains(&"assembled_from_its_parts".to_string()));
    // A bound would cut the density.
    let bounded = ASSEMBLED.replace("vector[M] y_lost", "vector<lower=0>[M] y_lost");
    assert!(!reversal(&bounded).report.rewrites.contains(&"assembled_from_its_parts".to_string()));
}

#[test]
fn elements_that_are_replaced() {
    let text = "
data { int N; int M; array[M] int lost; vector[N] x; vector[N] y; }
parameters { vector[M] x_lost; }
model { vector[N] all = x; all[lost] = x_lost; all ~ normal(3, 1); y ~ normal(2 * all, 0.001); }";
    let draws = simulate(text, r#"{"N": 3, "M": 1, "lost": [2], "x": [9, 9, 9]}"#, 2000).unwrap();
    draws.assert_mean("seen", &|x| x("x_sim.1"), 3.0);
    draws.assert_mean("as it was given", &|x| x("x_sim.2"), 9.0);
    draws.assert_mean("follows", &|x| f64::from((x("y.2") - 2.0 * x("x_lost.1")).abs() < 0.01), 1.0);
    draws.assert_mean("variance", &|x| (x("y.3") - 6.0).powi(2), 4.0);
}

#[test]
fn a_counter_that_says_which() {
    let text = "
data { int N; int M; array[N] int lost; vector[N] y; }
parameters { vector[M] y_lost; }
model {
  vector[N] all;
  int m = 1;
  for (n in 1:N) { if (lost[n]) { all[n] = y_lost[m]; m += 1; } else all[n] = y[n]; }
  all ~ normal([10, 20, 30]', 0.001);
}";
    let draws = simulate(text, r#"{"N": 3, "M": 2, "lost": [1, 0, 1], "y": [0, 0, 0]}"#, 20).unwrap();
    for (name, value) in [("y_lost.1", 10.0), ("y_sim.2", 20.0), ("y_lost.2", 30.0), ("y_sim.1", 0.0)] {
        draws.assert_mean(name, &|x| x(name).round(), value);
    }
    // One parameter too many is copied nowhere.
    assert!(simulate(text, r#"{"N": 3, "M": 3, "lost": [1, 0, 1], "y": [0, 0, 0]}"#, 1).is_err());
}

#[test]
fn codes_stay_where_they_are_given() {
    let text = "
data { int N; vector[N] y; array[N] int z; }
parameters { real mu; }
model {
  mu ~ normal(0, 1);
  for (n in 1:N) { if (y[n] != -99) y[n] ~ normal(mu, 1); if (z[n] >= 0) z[n] ~ poisson(3); }
}";
    let report = reversal(text).report;
    assert!(report.conditions.contains(&"what is missing of `y` is given".to_string()), "{report:?}");
    let data = r#"{"N": 2, "y": [-99, 0], "z": [0, -1]}"#;
    let draws = simulate(text, data, 2000).unwrap();
    draws.assert_mean("missing", &|x| x("y_sim.1"), -99.0);
    draws.assert_mean("drawn", &|x| x("y_sim.2").powi(2), 2.0);
    draws.assert_mean("count", &|x| x("z_sim.1"), 3.0);
    draws.assert_mean("missing count", &|x| x("z_sim.2"), -1.0);
    // Values that the program leaves out are a cut that it does not divide by.
    let wrong = text.replace("y[n] != -99", "y[n] > -1");
    assert!(simulate(&wrong, data, 50).err().unwrap().contains("takes for missing"));
}
