//! Sums of log densities that are collected before they are added to `target`.

use crate::{reversal, simulate, simulator};
use ppl_analysis::verdict::Verdict;

/// A program with these statements for the model, given `mu ~ normal(0, 1)`.
fn with_model(model: &str) -> String {
    format!(
        "data {{ int N; vector[N] y; array[N] int z; }} parameters {{ real mu; }} model {{ mu ~ normal(0, 1); {model} }}"
    )
}

fn verdict(model: &str) -> Verdict {
    reversal(&with_model(model)).report.verdict
}

#[test]
fn a_number_that_collects_terms() {
    for model in [
        "real lp = 0; for (n in 1:N) lp += normal_lpdf(y[n] | mu, 1); target += lp;",
        "real lp; lp = 0; for (n in 1:N) { if (z[n]) lp += normal_lpdf(y[n] | mu, 1); else lp += normal_lpdf(y[n] | mu, 1); } target += lp;",
        "for (n in 1:N) { real lp = normal_lpdf(y[n] | mu, 1); target += lp; }",
        "vector[N] ll; for (n in 1:N) ll[n] = normal_lpdf(y[n] | mu, 1); target += sum(ll);",
        "vector[N] ll = rep_vector(0, N); for (n in 1:N) ll[n] += normal_lpdf(y[n] | mu, 1); target += sum(ll);",
        "vector[N] ll; ll[1] = normal_lpdf(y[1] | mu, 1); for (n in 2:N) ll[n] = normal_lpdf(y[n] | mu, 1); target += sum(ll);",
        "vector[N] ll; for (n in 1:N) { if (z[n]) ll[n] = normal_lpdf(y[n] | mu, 1); else ll[n] = normal_lpdf(y[n] | mu, 1); } target += sum(ll);",
    ] {
        let text = with_model(model);
        let report = reversal(&text).report;
        assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{model}: {report:?}");
        let draws = simulate(&text, r#"{"N": 2, "z": [0, 1], "y": [0, 0]}"#, 2000).unwrap();
        let y = if report.given.iter().all(|g| g != "y") { "y" } else { "y_sim" };
        draws.assert_mean(model, &|x| x(&format!("{y}.1")) * x(&format!("{y}.2")), 1.0);
        draws.assert_mean(model, &|x| x(&format!("{y}.2")).powi(2), 2.0);
    }
}

#[test]
fn what_is_added_under_a_condition_stays_under_it() {
    let text = with_model("real lp = 0; for (n in 1:N) { if (z[n]) lp += normal_lpdf(y[n] | mu, 1); } target += lp;");
    let draws = simulate(&text, r#"{"N": 2, "z": [0, 1], "y": [7, 0]}"#, 1000).unwrap();
    draws.assert_mean("given", &|x| x("y_sim.1"), 7.0);
    draws.assert_mean("drawn", &|x| x("y_sim.2").powi(2), 2.0);
}

#[test]
fn what_is_overwritten_is_no_sum() {
    for model in [
        "real lp = 0; for (n in 1:N) lp = normal_lpdf(y[n] | mu, 1); target += lp;",
        "real lp = 0; lp += normal_lpdf(y[1] | mu, 1); lp = 0; target += lp;",
        "vector[N] ll; ll[1] = normal_lpdf(y[1] | mu, 1); ll[1] = normal_lpdf(y[2] | mu, 1); target += sum(ll);",
        "vector[N] ll; for (n in 1:N) for (m in 1:N) ll[n] = normal_lpdf(y[m] | mu, 1); target += sum(ll);",
        "vector[N] ll; for (n in 1:N) ll[z[n]] = normal_lpdf(y[n] | mu, 1); target += sum(ll);",
        "real lp = 0; for (n in 1:N) lp += normal_lpdf(y[n] | mu, 1); target += lp + lp;",
        "real lp = 0; for (n in 1:N) lp += normal_lpdf(y[n] | mu, 1); target += 2 * lp;",
        "for (m in 1:2) { real lp; if (m == 1) lp = 0; lp += normal_lpdf(y[1] | mu, 1); target += lp; }",
    ] {
        assert_eq!(verdict(model), Verdict::Unsupported, "{model}");
    }
}

#[test]
fn transformed_parameters_that_hold_them() {
    let text = "
data { int N; vector[N] y; }
parameters { real mu; real<lower=0> s; }
transformed parameters {
  real lprior = 0;
  vector[N] eta;
  vector[N] log_lik;
  lprior += normal_lpdf(mu | 3, 1);
  lprior += student_t_lpdf(s | 30, 0, 1) - student_t_lccdf(0 | 30, 0, 1);
  for (n in 1:N) { eta[n] = mu + n; log_lik[n] = normal_lpdf(y[n] | eta[n], s); }
}
model { target += lprior + sum(log_lik); }";
    let reversal = reversal(text);
    assert_eq!(reversal.report.verdict, Verdict::ExactAfterRewrites, "{:?}", reversal.report);
    assert!(simulator(&reversal).contains("vector[N] log_lik"), "still a quantity");
    let draws = simulate(text, r#"{"N": 2}"#, 3000).unwrap();
    draws.assert_mean("prior", &|x| x("mu"), 3.0);
    draws.assert_mean("outcome", &|x| x("y.2") - x("eta.2"), 0.0);
    draws.assert_mean("scale", &|x| x("y.1") - x("mu") - 1.0 - (x("y.1") - x("eta.1")), 0.0);
    // A value that changes after it was read is not the same when it is read again.
    let changed = text
        .replace("vector[N] eta;", "real eta = 0;")
        .replace("eta[n] = mu + n;", "eta = mu + n;")
        .replace("eta[n]", "eta");
    assert_eq!(crate::reversal(&changed).report.verdict, Verdict::Unsupported);
}

#[test]
fn a_sum_over_slices_is_one_sum() {
    let text = "
functions {
  real part_lpmf(array[] int y, int from, int to, vector x, real a) {
    real lp = 0;
    lp += bernoulli_logit_lpmf(y | a + x[from:to]);
    return lp;
  }
}
data { int N; array[N] int<lower=0, upper=1> y; vector[N] x; }
parameters { real a; }
model { a ~ normal(0, 0.1); target += reduce_sum(part_lpmf, y, 1, x, a); }";
    let report = reversal(text).report;
    assert_eq!(report.rewrites, ["reduce_sum_in_one_piece", "functions_written_out", "sums_taken_apart"]);
    let draws = simulate(text, r#"{"N": 2, "x": [-20, 20]}"#, 200).unwrap();
    draws.assert_mean("first", &|x| x("y.1"), 0.0);
    draws.assert_mean("second", &|x| x("y.2"), 1.0);
}

#[test]
fn truncation_written_out() {
    let text = "
data { int N; vector<lower=0>[N] y; }
parameters { real mu; }
model { mu ~ normal(-1, 0.1); target += normal_lpdf(y | mu, 1) - N * normal_lccdf(0 | mu, 1); }";
    let report = reversal(text).report;
    assert_eq!(
        (report.verdict, report.rewrites),
        (Verdict::ExactAfterRewrites, vec!["truncation_written_out".to_string()])
    );
    let draws = simulate(text, r#"{"N": 3}"#, 500).unwrap();
    draws.assert_mean("above", &|x| f64::from(x("y.1") >= 0.0 && x("y.3") >= 0.0), 1.0);
    // -1 + phi(1) / Phi(-1)
    draws.assert_mean("mean", &|x| x("y.2"), 0.525_135_276_160_982);
    // One normaliser for several numbers is not theirs.
    let wrong = reversal(&text.replace("N * ", "")).report;
    assert_eq!(wrong.verdict, Verdict::PriorByMcmc, "{wrong:?}");
}

#[test]
fn a_tail_is_drawn_however_far_it_is() {
    for (cut, sign) in [("T[0, ]", -1), ("T[, 0]", 1)] {
        let text =
            format!("data {{ int N; vector[N] y; }} model {{ for (n in 1:N) y[n] ~ normal({sign} * 300, 10) {cut}; }}");
        let draws = simulate(&text, r#"{"N": 1}"#, 3000).unwrap();
        // Nearly exponential with mean 100 / 300: (30 - 1 / 30 + ...)^-1 of a standard deviation.
        draws.assert_mean("mean", &|x| f64::from(-sign) * x("y.1"), 0.332_597_2);
    }
}

#[test]
fn an_interval_is_drawn_however_improbable_it_is() {
    let truncated = |family: &str, cut: &str| {
        let text =
            format!("data {{ int N; real one; vector[N] y; }} model {{ for (n in 1:N) y[n] ~ {family} T[{cut}]; }}");
        simulate(&text, r#"{"N": 1, "one": 1}"#, 4000)
    };
    let phi = 0.229_637_2;
    // An exponential of rate 3 within 1.
    let edge = 0.280_9;
    for (family, cut, mean) in [
        ("normal(0, 1)", "-1, 2", phi),
        ("std_normal()", "-one, 2", phi),
        ("normal(300, 10)", "-1, 0", -edge),
        ("normal(300 * one, 10)", "-1, 0", -edge),
        ("normal(-300, 10)", "0, one", edge),
        ("exponential(2)", "1, ", 1.5),
        ("exponential(2)", "one, 2", 1.343_482),
        ("exponential(3)", ", one", edge),
        ("exponential(1e-9)", ", one", 0.5),
    ] {
        let draws = truncated(family, cut).unwrap();
        draws.assert_mean(&format!("{family} T[{cut}]"), &|x| x("y.1"), mean);
    }
    assert!(truncated("normal(0, 1)", "one, 0").err().unwrap().contains("no number lies between"));
}
