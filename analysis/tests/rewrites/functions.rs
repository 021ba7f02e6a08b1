//! Functions written out where they are called, and outcomes that are shifted.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

#[test]
fn a_function_that_holds_a_density() {
    let text = "
functions {
  real graded(int y, real a) {
    vector[3] p;
    real total = 0;
    for (k in 1:3) total += pow(a, k);
    for (k in 1:3) p[k] = pow(a, k) / total;
    return categorical_lpmf(y + 1 | p);
  }
}
data { int N; array[N] int<lower=0, upper=2> y; }
parameters { real<lower=0, upper=1> a; }
model { a ~ uniform(0, 1); for (n in 1:N) target += graded(y[n], 1 + 0 * a); }";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    assert_eq!((report.observed, report.given), (vec!["y".to_string()], vec!["N".to_string()]));
    let draws = simulate(text, r#"{"N": 2}"#, 3000).unwrap();
    for (value, name) in [(0.0, "none"), (2.0, "two")] {
        draws.assert_mean(name, &|x| f64::from(x("y.2") == value), 1.0 / 3.0);
    }
}

#[test]
fn densities_with_branches_and_statements() {
    let text = "
functions {
  real wide_lpdf(real y, int which, real m) {
    if (which == 1) return normal_lpdf(y | m, 1);
    real away = 10 + m;
    return normal_lpdf(y | away, 2);
  }
  void all_lp(vector x, array[] int which, real m) {
    int n = size(x);
    for (i in 1:n) x[i] ~ wide(which[i], m);
  }
}
data { int N; vector[N] x; array[N] int which; }
parameters { real m; }
model { m ~ normal(1, 1); all_lp(x, which, m); }";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let draws = simulate(text, r#"{"N": 2, "x": [0, 0], "which": [1, 2]}"#, 4000).unwrap();
    draws.assert_mean("first", &|x| x("x_sim.1"), 1.0);
    draws.assert_mean("second", &|x| x("x_sim.2"), 11.0);
    draws.assert_mean("their spread", &|x| (x("x_sim.2") - 11.0).powi(2), 5.0);
    draws.assert_mean("together", &|x| (x("x_sim.1") - 1.0) * (x("x_sim.2") - 11.0), 1.0);
}

#[test]
fn bodies_that_return_in_their_midst_are_left_alone() {
    let text = "
functions {
  real odd_lpdf(real y, real m) {
    for (k in 1:3) if (k > m) return normal_lpdf(y | k, 1);
    return normal_lpdf(y | 0, 1);
  }
}
data { real y; }
parameters { real m; }
model { m ~ normal(0, 1); y ~ odd(m); }";
    let report = reversal(text).report;
    assert_eq!(report.verdict, Verdict::Unsupported);
    assert!(report.rewrites.is_empty());
}

#[test]
fn a_density_with_a_generator_is_drawn_by_it() {
    let text = "
functions {
  real far_lpdf(real y, real m) { return normal_lpdf(y | m, 1); }
  real far_rng(real m) { return normal_rng(m, 1); }
}
data { real y; }
parameters { real m; }
model { m ~ normal(0, 1); y ~ far(m); }";
    assert_eq!(reversal(text).report.verdict, Verdict::Exact);
}

#[test]
fn a_difference_to_a_mean() {
    let text = "
data { int N; vector[N] y; vector[N] x; }
parameters { real b; }
model { b ~ normal(2, 1); y - b * x ~ normal(0, 3); }";
    let report = reversal(text).report;
    assert_eq!((report.verdict, report.observed), (Verdict::Exact, vec!["y".to_string()]));
    let draws = simulate(text, r#"{"N": 2, "x": [1, -1]}"#, 4000).unwrap();
    draws.assert_mean("first", &|x| x("y.1"), 2.0);
    draws.assert_mean("second", &|x| x("y.2"), -2.0);
    draws.assert_mean("variance", &|x| (x("y.1") - 2.0).powi(2), 10.0);
    // A scale by parameters is no shift: the density of the outcome lacks its Jacobian.
    let scaled = text.replace("y - b * x", "y / b").replace("vector[N] x;", "");
    assert_eq!(reversal(&scaled).report.verdict, Verdict::Unsupported);
    // A shift by the outcome itself neither.
    let own = text.replace("y - b * x", "y - 0.5 * y");
    assert_eq!(reversal(&own).report.verdict, Verdict::Unsupported);
    // Nor a density of a shifted parameter.
    let parameter = "parameters { real a; real b; } model { a ~ normal(0, 1); b - a ~ normal(0, 1); }";
    assert_eq!(reversal(parameter).report.verdict, Verdict::PriorByMcmc);
}

const RESIDUALS: &str = "
data { int T; vector[T] y; }
parameters { real b; }
model {
  vector[T] err;
  vector[T] mean_of;
  b ~ normal(0, 1);
  mean_of[1] = 5;
  err[1] = y[1] - mean_of[1];
  for (t in 2:T) {
    mean_of[t] = b * err[t - 1] + y[t - 1];
    err[t] = y[t] - mean_of[t];
  }
  err ~ normal(0, 2);
}";

#[test]
fn residuals_with_a_density() {
    let report = reversal(RESIDUALS).report;
    assert_eq!(report.rewrites, ["residuals_as_outcomes"]);
    assert_eq!(report.verdict, Verdict::ExactAfterRewrites, "{report:?}");
    let draws = simulate(RESIDUALS, r#"{"T": 3, "y": [0, 0, 0]}"#, 4000).unwrap();
    draws.assert_mean("first", &|x| x("y.1"), 5.0);
    draws.assert_mean("third", &|x| x("y.3"), 5.0);
    draws.assert_mean("spread", &|x| (x("y.1") - 5.0).powi(2), 4.0);
    // y2 - y1 = b e1 + e2, of variance 4 + 4.
    draws.assert_mean("step", &|x| (x("y.2") - x("y.1")).powi(2), 8.0);
    // y3 - y2 = b e2 + e3.
    draws.assert_mean("next step", &|x| (x("y.3") - x("y.2")).powi(2), 8.0);
}

#[test]
fn residuals_that_are_scaled_are_left_alone() {
    for wrong in [
        RESIDUALS.replace("err[t] = y[t] - mean_of[t]", "err[t] = exp(b) * (y[t] - mean_of[t])"),
        RESIDUALS.replace("err[t] = y[t] - mean_of[t]", "err[t] = mean_of[t] - y[t] * y[t]"),
        RESIDUALS.replace("err[t] = y[t] - mean_of[t]", "err[t] = log(y[t]) - y[t]"),
    ] {
        assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported, "{wrong}");
    }
}

#[test]
fn bounds_by_an_outcome_are_no_order() {
    let text = "
data { int<lower=0> M; int<lower=0> C; int<lower=0, upper=min(M, C)> R; }
parameters { real<lower=C - R + M, upper=1000> N; }
model { R ~ binomial(C, M / N); }";
    assert_eq!(reversal(text).report.verdict, Verdict::Unsupported);
}

#[test]
fn slices_that_move_are_no_range() {
    let text = "
data { int K; int P; array[K] int<lower=1> n; }
parameters { vector[P] d; }
model {
  int at = 1;
  for (k in 1:K) { segment(d, at, n[k]) ~ normal(0, 1); at += n[k]; }
}";
    assert_eq!(reversal(text).report.verdict, Verdict::PriorByMcmc);
}
