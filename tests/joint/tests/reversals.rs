//! The joint test on one small program for each identity of the reversal: the simulator passes, and a simulator with one mistake in it fails
//! at the same level.

use ppl::Data;
use ppl_joint::{Effort, Outcome, Subject};
use std::path::PathBuf;

/// The chance that a right simulator fails.
const LEVEL: f64 = 1e-4;

/// A mistake: what to put in the place of what.
type Mutant = (&'static str, &'static str);

fn test(name: &str, change: &dyn Fn(String) -> String) -> Outcome {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("programs");
    let read = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}"))).expect("a program");
    let data = Data::from_json(&read("data.json")).expect("its data");
    let subject = Subject::new(name, &read("stan"), &data, change).unwrap_or_else(|e| panic!("{name}: {e}"));
    let effort = Effort { draws: 400, steps: 25, seed: 20_251_129, ..Effort::default() };
    subject.test(&effort).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The program passes, and each mutant fails.
fn holds(name: &str, mutants: &[Mutant]) {
    let outcome = test(name, &|text| text);
    assert!(outcome.passes(LEVEL), "{name}: {outcome:#?}");
    assert!(outcome.left_out * 10 < outcome.draws, "{name}: {outcome:#?}");
    for (right, wrong) in mutants {
        let change = |text: String| {
            assert!(text.contains(right), "`{right}` is not in the simulator of {name}:\n{text}");
            text.replacen(right, wrong, 1)
        };
        let outcome = test(name, &change);
        assert!(
            !outcome.passes(LEVEL),
            "{name}: `{wrong}` passes: p = {}, {:?}",
            outcome.p,
            outcome.statistics.first()
        );
        eprintln!("{name}: `{wrong}`: p = {:.1e}, {} outside", outcome.p, outcome.outside);
    }
}

#[test]
fn half_priors() {
    holds(
        "half_priors",
        &[
            ("abs(normal_rng(0, 1.5))", "abs(normal_rng(0, square(1.5)))"),
            ("m - abs(", "m + abs("),
            ("abs(double_exponential_rng(m, tau) - m)", "abs(double_exponential_rng(m, tau))"),
        ],
    );
}

#[test]
fn truncated_priors() {
    holds(
        "truncated_priors",
        &[
            ("while (rate < 1 || rate > 3)", "while (rate < 1)"),
            ("while (rate < 1 || rate > 3)", "while (rate < 1 || rate > 2)"),
            ("while (counts[i_4] < 1)", "while (counts[i_4] < 0)"),
            ("while (y[n] < -1 || y[n] > 2)", "while (y[n] > 2)"),
        ],
    );
}

#[test]
fn flat_on_compact() {
    holds(
        "flat",
        &[
            ("uniform_rng(0.2, 0.8)", "uniform_rng(0.2, 0.6)"),
            ("dirichlet_rng(rep_vector(1, 3))", "dirichlet_rng(rep_vector(2, 3))"),
            ("normal_rng(rep_vector(0, 3), 1)", "normal_rng(rep_vector(0.7, 3), 1)"),
            ("uniform_rng(0, 1) ^ (1.0 / (i_4 - 1))", "uniform_rng(0, 1)"),
        ],
    );
}

#[test]
fn ordered_by_sorting() {
    holds(
        "ordered",
        &[
            (
                "sort_asc(to_vector(normal_rng(rep_array(0, 3), spread)))",
                "to_vector(normal_rng(rep_array(0, 3), spread))",
            ),
            (
                "sort_asc(to_vector(normal_rng(rep_array(0, 3), spread)))",
                "cumulative_sum(abs(to_vector(normal_rng(rep_array(0, 3), spread))))",
            ),
            ("while (level[i_3] < 0.0)", "if (level[i_3] < 0.0) level[i_3] = -level[i_3]; while (level[i_3] < 0.0)"),
        ],
    );
}

#[test]
fn functions_written_out() {
    holds("functions", &[("which[i_2] == 1", "which[i_2] == 2"), ("normal_rng(away, 2)", "normal_rng(away, sqrt(2))")]);
}

#[test]
fn residuals_as_outcomes() {
    holds(
        "residuals",
        &[
            ("(mu + theta * err[t - 1])", "(mu + theta * (y[t - 1]))"),
            ("while (theta < -1 || theta > 1)", "while (theta < 0 || theta > 1)"),
        ],
    );
}

#[test]
fn states_forwards() {
    holds(
        "states",
        &[
            ("y[t] = normal_rng(mu[state[t]], 1)", "y[t] = normal_rng(mu[state[t - 1]], 1)"),
            ("log(move[state[t - 1], k_2])", "log(move[K + 1 - state[t - 1], k_2])"),
            ("log_weights[k] = log(start[k])", "log_weights[k] = -log(K)"),
        ],
    );
}

#[test]
fn integers_by_their_probabilities() {
    holds("zero_inflation", &[("y[n] = 0;", "y[n] = 1;"), ("u = uniform_rng(0, 1)", "u = sqrt(uniform_rng(0, 1))")]);
    holds("occupancy", &[("total <= u", "total <= square(u)"), ("beta_rng(2, 3)", "beta_rng(3, 2)")]);
    holds("captures", &[("total <= u", "total <= square(u)")]);
}

#[test]
fn mixture_by_component() {
    holds(
        "mixtures",
        &[
            ("log_weights = log(theta)", "log_weights = reverse(log(theta))"),
            ("exp(m[component])", "exp(m[categorical_rng(theta)])"),
            ("component_2 == 1", "component_2 == 2"),
        ],
    );
}

#[test]
fn loops_that_feed_each_other() {
    holds("feeding_loops", &[("y[t] = normal_rng(mu, s[t])", "y[t] = normal_rng(mu, s[max(t - 1, 1)])")]);
}

#[test]
fn families() {
    holds(
        "families",
        &[
            ("inv_logit(a + x * b)", "Phi(a + x * b)"),
            ("0, 1)) + x * b", "0, 1)) - x * b"),
            ("multinomial_rng(share", "multinomial_rng(reverse(share)"),
            ("inverse_spd(precision)", "precision"),
        ],
    );
    holds(
        "generators",
        &[
            ("m + exponential_rng(1 / s)", "m + exponential_rng(s)"),
            ("lkj_corr_cholesky_rng(3, 2)", "lkj_corr_cholesky_rng(3, 1)"),
            ("diag_pre_multiply(tau, L)", "diag_pre_multiply(square(tau), L)"),
        ],
    );
}

#[test]
fn prior_by_mcmc() {
    holds(
        "prior_by_mcmc",
        &[
            ("sigma ~ normal(mu, 1)", "sigma ~ normal(0, 1)"),
            ("target += -square(a[1] - a[2]);", ""),
            ("normal_rng(rep_vector(a[1] + a[2], N), sigma)", "normal_rng(rep_vector(a[1] + a[2], N), sqrt(sigma))"),
        ],
    );
}
