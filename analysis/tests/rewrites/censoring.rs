//! Numbers that are seen only outside of some sets.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

const LIMIT: &str = "
data { int N; real U; vector[N] y; array[N] int<lower=0, upper=1> beyond; }
parameters { real mu; }
model {
  mu ~ normal(0, 1);
  for (n in 1:N) if (beyond[n]) target += normal_lccdf(U | mu, 1); else y[n] ~ normal(mu, 1);
}";

#[test]
fn a_limit_that_is_known() {
    let report = reversal(LIMIT).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert_eq!((report.observed, report.given), (vec!["y".into(), "beyond".into()], vec!["N".to_string(), "U".into()]));
    let draws = simulate(LIMIT, r#"{"N": 2, "U": 0}"#, 4000).unwrap();
    draws.assert_mean("beyond", &|x| x("beyond.1"), 0.5);
    // Two standard normal numbers with half their variance in common: both above 0 with probability 1/4 + asin(1/2) / (2 pi).
    draws.assert_mean("both", &|x| x("beyond.1") * x("beyond.2"), 1.0 / 3.0);
    draws.assert_mean("seen below", &|x| f64::from(x("beyond.1") == 1.0 || x("y.1") < 0.0), 1.0);
    // Normal with variance 2, cut at 0 from above: the mean of min(y, 0) is -sqrt(2) phi(0).
    draws.assert_mean("what is seen", &|x| x("y.1"), -std::f64::consts::SQRT_2 * 0.398_942_280_401_432_7);
}

#[test]
fn the_other_tail_or_another_distribution_is_no_censoring() {
    let below = LIMIT.replace("lccdf(U", "lcdf(U");
    let draws = simulate(&below, r#"{"N": 1, "U": 0}"#, 200).unwrap();
    draws.assert_mean("seen above", &|x| f64::from(x("beyond.1") == 1.0 || x("y.1") > 0.0), 1.0);
    for wrong in ["normal_lccdf(U | mu, 2)", "cauchy_lccdf(U | mu, 1)", "2 * normal_lccdf(U | mu, 1)"] {
        let report = reversal(&LIMIT.replace("normal_lccdf(U | mu, 1)", wrong)).report;
        assert!(!report.rewrites.contains(&"censored_as_seen".to_string()), "{wrong}: {report:?}");
    }
}

const TIMES: &str = "
data { int N; vector<lower=0>[N] t; array[N] int<lower=0, upper=1> event; }
parameters { real<lower=0> rate; }
model {
  rate ~ gamma(20, 20);
  for (n in 1:N) target += event[n] == 1 ? exponential_lpdf(t[n] | rate) : exponential_lccdf(t[n] | rate);
}";

#[test]
fn times_of_censoring_are_those_that_are_given() {
    let report = reversal(TIMES).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let data = r#"{"N": 2, "t": [0.5, 0.5], "event": [1, 0]}"#;
    let draws = simulate(TIMES, data, 4000).unwrap();
    draws.assert_mean("never censored", &|x| x("event_sim.1"), 1.0);
    draws.assert_mean("goes on", &|x| f64::from(x("t_sim.1") > 0.5), (20.0f64 / 20.5).powi(20));
    // Censored again with probability E exp(-rate / 2).
    draws.assert_mean("censored", &|x| 1.0 - x("event_sim.2"), (20.0f64 / 20.5).powi(20));
    draws.assert_mean(
        "at its time",
        &|x| f64::from(x("t_sim.2") <= 0.5 && (x("t_sim.2") == 0.5) == (x("event_sim.2") == 0.0)),
        1.0,
    );
}

#[test]
fn an_indicator_times_a_term_is_a_branch() {
    let text = TIMES.replace(
        "event[n] == 1 ? exponential_lpdf(t[n] | rate) : exponential_lccdf(t[n] | rate)",
        "event[n] * exponential_lpdf(t[n] | rate) + (1 - event[n]) * exponential_lccdf(t[n] | rate)",
    );
    let report = reversal(&text).report;
    assert_eq!(report.rewrites, ["terms_by_branches", "censored_as_seen"]);
    // What may be 2 is a weight.
    assert_eq!(reversal(&text.replace("upper=1", "upper=2")).report.verdict, Verdict::Unsupported);
}

#[test]
fn a_number_that_says_itself_that_it_is_cut() {
    let text = "
data { int N; real L; vector[N] y; }
parameters { real mu; }
model { mu ~ normal(0, 1); for (n in 1:N) if (y[n] == L) target += normal_lcdf(L | mu, 1); else y[n] ~ normal(mu, 1); }";
    let draws = simulate(text, r#"{"N": 2, "L": 0}"#, 4000).unwrap();
    draws.assert_mean("at the limit", &|x| f64::from(x("y.1") == 0.0), 0.5);
    draws.assert_mean("both", &|x| f64::from(x("y.1") == 0.0 && x("y.2") == 0.0), 1.0 / 3.0);
    // The program takes for seen what it gives the probability of a set: the simulator notices.
    let wrong = text.replace("y[n] == L", "y[n] < L - 1");
    assert!(simulate(&wrong, r#"{"N": 2, "L": 0}"#, 50).err().unwrap().contains("takes it for censored"));
}

#[test]
fn intervals_and_both_sides() {
    let text = "
data { int N; vector[N] y; vector[N] high; array[N] int how; }
parameters { real mu; }
model {
  mu ~ normal(0, 0.001);
  for (n in 1:N) {
    if (how[n] == 0) y[n] ~ normal(mu, 1);
    else if (how[n] == 1) target += normal_lccdf(y[n] | mu, 1);
    else if (how[n] == -1) target += normal_lcdf(y[n] | mu, 1);
    else if (how[n] == 2) target += log_diff_exp(normal_lcdf(high[n] | mu, 1), normal_lcdf(y[n] | mu, 1));
  }
}";
    let data = r#"{"N": 4, "y": [0, 0, -1, 5], "high": [0, 0, 1, 0], "how": [1, -1, 2, 7]}"#;
    let draws = simulate(text, data, 3000).unwrap();
    draws.assert_mean("right", &|x| f64::from(x("how_sim.1") == 1.0), 0.5);
    draws.assert_mean("left", &|x| f64::from(x("how_sim.2") == -1.0), 0.5);
    draws.assert_mean("between", &|x| f64::from(x("how_sim.3") == 2.0), 0.682_689_492_137_086);
    draws.assert_mean("no branch", &|x| x("y_sim.4"), 5.0);
}

#[test]
fn sets_that_overlap_are_refused_as_it_runs() {
    let text = "
data { int N; vector[N] y; array[N] int how; }
parameters { real mu; }
model {
  mu ~ normal(0, 1);
  for (n in 1:N) {
    if (how[n] == 0) y[n] ~ normal(mu, 1);
    else if (how[n] == 1) target += normal_lccdf(-1 | mu, 1);
    else target += normal_lcdf(1 | mu, 1);
  }
}";
    assert!(simulate(text, r#"{"N": 5}"#, 5).err().unwrap().contains("in two of the sets"));
}

#[test]
fn rows_that_are_censored_by_a_list_stay_given() {
    let text = "
data { int N; int S; int C; array[S] int seen; array[C] int censored; vector[N] t; }
parameters { real mu; }
model { mu ~ normal(0, 1); t[seen] ~ normal(mu, 1); target += normal_lccdf(t[censored] | mu, 1); }";
    let reversal = reversal(text);
    assert_eq!(reversal.report.verdict, Verdict::PriorByMcmc, "{:?}", reversal.report);
    assert!(crate::simulator(&reversal).contains("target += normal_lccdf(t[censored] | mu, 1)"));
    let data = r#"{"N": 3, "S": 2, "C": 1, "seen": [1, 3], "censored": [2], "t": [9, 9, 9]}"#;
    let draws = crate::simulate_at(text, data, &[5.0], 1000).unwrap();
    draws.assert_mean("seen", &|x| x("t_sim.3"), 5.0);
    draws.assert_mean("censored", &|x| x("t_sim.2"), 9.0);
    let both = data.replace("[2]", "[3]");
    assert!(crate::simulate_at(text, &both, &[5.0], 1).err().unwrap().contains("both seen and censored"));
}
