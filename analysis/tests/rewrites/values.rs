//! Numbers that are one value with a probability of its own.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

const HURDLE: &str = "
data { int N; vector<lower=0>[N] y; }
parameters { real<lower=0, upper=1> p; }
model {
  for (n in 1:N) {
    if (y[n] == 0) target += log(p);
    else { target += log1m(p); y[n] ~ lognormal(0, 0.1); }
  }
}";

#[test]
fn a_value_or_a_draw() {
    let report = reversal(HURDLE).report;
    assert_eq!((report.verdict, report.given), (Verdict::ExactAfterRewrites, vec!["N".to_string()]));
    let draws = simulate(HURDLE, r#"{"N": 2}"#, 4000).unwrap();
    draws.assert_mean("zero", &|x| f64::from(x("y.1") == 0.0), 0.5);
    draws.assert_mean("twice", &|x| f64::from(x("y.1") == 0.0 && x("y.2") == 0.0), 1.0 / 3.0);
    draws.assert_mean("otherwise near 1", &|x| f64::from(x("y.1") == 0.0 || (x("y.1") - 1.0).abs() < 0.6), 1.0);
    // The other way round, at the bound.
    let above = HURDLE.replace(
        "if (y[n] == 0) target += log(p);\n    else { target += log1m(p); y[n] ~ lognormal(0, 0.1); }",
        "if (y[n] > 0) { target += log1m(p); y[n] ~ lognormal(0, 0.1); } else target += log(p);",
    );
    assert_eq!(reversal(&above).report.rewrites, ["value_or_density", "flat_on_compact"]);
}

#[test]
fn probabilities_that_do_not_add_up_are_refused_as_it_runs() {
    let wrong = HURDLE.replace("log1m(p)", "log(p)");
    assert!(simulate(&wrong, r#"{"N": 1}"#, 1).err().unwrap().contains("do not add up to one"));
}

#[test]
fn two_values() {
    let text = "
data { int N; vector<lower=0, upper=1>[N] y; }
parameters { simplex[3] p; }
model {
  for (n in 1:N) {
    if (y[n] == 0) target += log(p[1]);
    else if (y[n] == 1) target += log(p[2]);
    else target += log(p[3]) + beta_lpdf(y[n] | 20, 20);
  }
}";
    let draws = simulate(text, r#"{"N": 1}"#, 3000).unwrap();
    draws.assert_mean("zero", &|x| f64::from(x("y.1") == 0.0), 1.0 / 3.0);
    draws.assert_mean("one", &|x| f64::from(x("y.1") == 1.0), 1.0 / 3.0);
    draws.assert_mean("mean", &|x| x("y.1"), 0.5);
}

#[test]
fn a_truncated_count_beyond_a_hurdle() {
    let text = "
data { int N; array[N] int<lower=0> y; }
parameters { real<lower=0, upper=1> p; }
model {
  for (n in 1:N) {
    if (y[n] == 0) 1 ~ bernoulli(p);
    else { 0 ~ bernoulli(p); y[n] ~ poisson(2) T[1, ]; }
  }
}";
    let draws = simulate(text, r#"{"N": 1}"#, 3000).unwrap();
    draws.assert_mean("zero", &|x| f64::from(x("y.1") == 0.0), 0.5);
    let above = 1.0 - (-2.0f64).exp();
    draws.assert_mean("one", &|x| f64::from(x("y.1") == 1.0), 0.5 * 2.0 * (-2.0f64).exp() / above);
}

#[test]
fn bounds_that_outcomes_keep() {
    let text = "
data { int N; vector[N] y; }
transformed data { real least = min(y); }
parameters { real<lower=0, upper=least> shift; }
model { shift ~ exponential(1); y - shift ~ lognormal(0, 1); }";
    let report = reversal(text).report;
    assert_eq!(
        (report.verdict, report.rewrites),
        (Verdict::ExactAfterRewrites, vec!["bounds_that_outcomes_keep".to_string()])
    );
    let draws = simulate(text, r#"{"N": 2}"#, 3000).unwrap();
    draws.assert_mean("shift", &|x| x("shift"), 1.0);
    let y = |x: &dyn Fn(&str) -> f64| x("y_sim.1").min(x("y_sim.2")) > x("shift");
    draws.assert_mean("beyond", &|x| f64::from(y(x)), 1.0);
    // A normal outcome does not keep the bound.
    let wrong = text.replace("lognormal", "normal");
    assert!(simulate(&wrong, r#"{"N": 5}"#, 50).err().unwrap().contains("beyond a bound"));
}
