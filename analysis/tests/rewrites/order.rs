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
