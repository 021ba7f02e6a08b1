//! Lists that are drawn from other parts of themselves, and what is drawn only in part.

use crate::{reversal, simulate};
use ppl_analysis::verdict::Verdict;

#[test]
fn a_slice_of_the_earlier_is_drawn_number_by_number() {
    let text = "
data { int N; vector[N] y; }
parameters { vector[N] x; }
model { x[1] ~ normal(0, 1); x[2:N] ~ normal(x[1:N - 1], 1); y[2:N] ~ normal(y[1:N - 1] + 1, 0.001); }";
    let report = reversal(text).report;
    assert_eq!((report.verdict, report.observed), (Verdict::Exact, vec!["y[2:N]".to_string()]));
    // The given numbers after the first are not those that the later ones start from.
    let draws = simulate(text, r#"{"N": 4, "y": [5, 100, 100, 100]}"#, 2000).unwrap();
    draws.assert_mean("walk", &|x| x("x.4").powi(2), 4.0);
    draws.assert_mean("steps", &|x| x("y_sim.4").round(), 8.0);
}

#[test]
fn vectors_one_after_the_other() {
    let text = "
data { int N; cov_matrix[2] S; array[N] vector[2] y; }
model { y[2:N] ~ multi_normal(y[1:N - 1], S); }";
    let draws =
        simulate(text, r#"{"N": 3, "S": [[1, 0], [0, 1]], "y": [[0, 5], [100, 100], [100, 100]]}"#, 2000).unwrap();
    draws.assert_mean("first", &|x| x("y_sim.3.1").powi(2), 2.0);
    draws.assert_mean("second", &|x| x("y_sim.3.2"), 5.0);
}

#[test]
fn nothing_is_drawn_from_itself() {
    for statement in [
        "y ~ normal(mu + mean(y), 1)",
        "y[2:N] ~ normal(mu * mean(y), 1)",
        "for (n in 1:N) y[n] ~ normal(mu * y[n], 1)",
    ] {
        let text = format!(
            "data {{ int N; vector[N] y; }} parameters {{ real mu; }} model {{ mu ~ normal(0, 1); {statement}; }}"
        );
        assert_eq!(reversal(&text).report.verdict, Verdict::Unsupported, "{statement}");
    }
    let text = "data { int N; } parameters { vector[N] x; } model { x ~ normal(mean(x), 1); }";
    assert_eq!(reversal(text).report.verdict, Verdict::PriorByMcmc);
}

#[test]
fn regions_that_may_overlap_are_counted_as_it_runs() {
    for statements in [
        "y[1:K] ~ normal(0, 1); y[3:N] ~ normal(5, 1);",
        "for (n in 1:K) y[n] ~ normal(0, 1); for (n in 3:N) y[n] ~ normal(5, 1);",
    ] {
        let text = format!("data {{ int N; int K; vector[N] y; }} model {{ {statements} }}");
        let data = |k: i32| format!(r#"{{"N": 4, "K": {k}, "y": [9, 9, 9, 9]}}"#);
        let draws = simulate(&text, &data(1), 500).unwrap();
        draws.assert_mean("given between", &|x| x("y_sim.2"), 9.0);
        draws.assert_mean("drawn", &|x| x("y_sim.4"), 5.0);
        assert!(simulate(&text, &data(3), 1).err().unwrap().contains("two densities"), "{statements}");
    }
}

#[test]
fn what_transformed_data_compute_from_draws_is_computed_anew() {
    let text = "
data { int N; array[N] int<lower=0, upper=1> y; }
transformed data { vector[N] before; before[1] = 0; for (t in 2:N) before[t] = before[t - 1] + y[t - 1]; }
parameters { real a; }
model { a ~ normal(0, 0.001); for (t in 1:N) y[t] ~ bernoulli(before[t] > 0 ? 1 : 0.5); }";
    let report = reversal(text).report;
    assert_eq!(report.rewrites, ["computed_from_the_draws"], "{report:?}");
    // Once there is a one, there are only ones, whatever was given.
    let draws = simulate(text, r#"{"N": 3, "y": [1, 0, 0]}"#, 2000).unwrap();
    let name = |t: i32| format!("y_sim.{t}");
    draws.assert_mean("last", &|x| x(&name(3)), 1.0 - 0.125);
    draws.assert_mean("never back", &|x| f64::from(x(&name(1)) <= x(&name(2)) && x(&name(2)) <= x(&name(3))), 1.0);
    // Where there is no such order, the outcome has no draw of its own.
    let mean = "data { int N; vector[N] y; } transformed data { real m = mean(y); } parameters { real a; }
        model { a ~ normal(0, 1); y ~ normal(a * m, 1); }";
    assert_eq!(reversal(mean).report.verdict, Verdict::Unsupported);
    let prior = mean.replace("a ~ normal(0, 1); y ~ normal(a * m, 1)", "a ~ normal(m, 1); y ~ normal(a, 1)");
    assert_eq!(reversal(&prior).report.conditions, ["`y` is taken as given where priors read it"]);
}

#[test]
fn a_slice_and_the_loop_that_it_feeds() {
    let text = "
data { int T; vector[T] y; }
transformed parameters { vector[T] m; m[1] = 0; for (t in 2:T) m[t] = 2 * y[t - 1]; }
model { y[2:T] ~ normal(m[2:T], 0.001); }";
    // What is computed for the next number, in a list that is shorter by one.
    let shorter = "
data { int T; vector[T] y; }
transformed parameters { vector[T - 1] m; for (t in 1:T - 1) m[t] = 2 * y[t]; }
model { y[2:T] ~ normal(m, 0.001); }";
    // Rows of a matrix, whose loops run as one row by row.
    let rows = "
data { int T; matrix[1, T] y; }
transformed parameters { matrix[1, T] m; m[1, 1] = 0; for (i in 1:1) for (t in 2:T) m[i, t] = 2 * y[i, t - 1]; }
model { for (i in 1:1) y[i, 2:T] ~ normal(m[i, 2:T], 0.001); }";
    for (text, data, last) in [
        (text, r#"{"T": 4, "y": [1, 9, 9, 9]}"#, "y_sim.4"),
        (shorter, r#"{"T": 4, "y": [1, 9, 9, 9]}"#, "y_sim.4"),
        (rows, r#"{"T": 4, "y": [[1, 9, 9, 9]]}"#, "y_sim.1.4"),
    ] {
        let draws = simulate(text, data, 200).unwrap();
        draws.assert_mean("doubled", &|x| x(last).round(), 8.0);
    }
    // A number that its own mean reads.
    let wrong = shorter.replace("y[2:T] ~", "y[1:T - 1] ~");
    assert_eq!(reversal(&wrong).report.verdict, Verdict::Unsupported);
}

#[test]
fn rows_that_are_transposed_by_name() {
    let text = "
data { int N; matrix[N, 2] y; }
parameters { vector[2] mu; }
model { mu ~ normal(3, 0.001); for (n in 1:N) transpose(y[n]) ~ multi_normal(mu, identity_matrix(2)); }";
    let report = reversal(text).report;
    assert_eq!((report.verdict, report.observed), (Verdict::Exact, vec!["y".to_string()]));
    simulate(text, r#"{"N": 2}"#, 2000).unwrap().assert_mean("mean", &|x| x("y.2.1"), 3.0);
}
