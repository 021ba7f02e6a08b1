//! The joint test on one small program for each identity of the reversal: the simulator passes, and a simulator with one mistake in it fails
//! at the same level.

use ppl::Data;
use ppl_joint::{Effort, Outcome, Subject};
use std::path::PathBuf;

/// The chance that a right simulator fails.
const LEVEL: f64 = 0.001;

/// A mistake: what to put in the place of what.
type Mutant = (&'static str, &'static str);

fn test(name: &str, draws: usize, change: &dyn Fn(String) -> String) -> Outcome {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("programs");
    let read = |ending: &str| std::fs::read_to_string(folder.join(format!("{name}.{ending}"))).expect("a program");
    let data = Data::from_json(&read("data.json")).expect("its data");
    let subject = Subject::new(name, &read("stan"), &data, change).unwrap_or_else(|e| panic!("{name}: {e}"));
    let effort = Effort { draws, steps: 40, seed: 20_251_129, ..Effort::default() };
    subject.test(&effort).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Whether a simulator passes: it rejects hardly any draw, and the others are distributed as the program says.
fn passes(outcome: &Outcome) -> bool {
    outcome.passes(LEVEL) && outcome.left_out * 20 <= outcome.draws
}

/// The program passes, and each mutant fails.
fn holds(name: &str, mutants: &[Mutant]) {
    let outcome = test(name, 400, &|text| text);
    assert!(passes(&outcome), "{name}: {outcome:#?}");
    for (right, wrong) in mutants {
        let change = |text: String| {
            assert!(text.contains(right), "`{right}` is not in the simulator of {name}:\n{text}");
            text.replacen(right, wrong, 1)
        };
        // Most are found by few draws.
        let outcome = Some(test(name, 150, &change)).filter(|o| !passes(o));
        let outcome = outcome.unwrap_or_else(|| test(name, 600, &change));
        let found = outcome.statistics.first();
        let Outcome { p, outside, left_out, .. } = outcome;
        eprintln!("{name}: `{wrong}`: p = {p:.1e}, {outside} outside, {left_out} left out");
        assert!(!passes(&outcome), "{name}: `{wrong}` passes: {found:?}");
    }
}

#[test]
fn half_priors() {
    holds("half_priors", &[("abs(student_t_rng(4, 0, 1))", "student_t_rng(4, 0, 1)"), ("m - abs(", "m + abs(")]);
}

#[test]
fn truncated_priors() {
    holds(
        "truncated_priors",
        &[
            ("1 > 0 ? -2 : 2", "1 > 0 ? 2 : -2"),
            ("normal_lcdf(-1 | 0,", "normal_lcdf(0 | 0,"),
            ("while (share < 0.1 || share > 0.4)", "while (share < 0.1)"),
        ],
    );
}

#[test]
fn flat_on_compact() {
    holds(
        "flat",
        &[
            ("uniform_rng(0.2, 0.8)", "uniform_rng(0.2, 0.4)"),
            ("rep_vector(1, 3)", "rep_vector(9, 3)"),
            ("L[1, 1] = 1;", "L[1, 1] = -1;"),
        ],
    );
}

#[test]
fn ordered_by_sorting() {
    let right = "sort_asc(to_vector(normal_rng(rep_array(0, 3), spread)))";
    holds(
        "ordered",
        &[
            (right, "to_vector(normal_rng(rep_array(0, 3), spread))"),
            (right, "cumulative_sum(abs(to_vector(normal_rng(rep_array(0, 3), spread))))"),
        ],
    );
}

#[test]
fn functions_written_out() {
    holds("functions", &[("] == 1)", "] == 2)"), ("normal_rng(away, 2)", "normal_rng(away, square(2))")]);
}

#[test]
fn residuals_as_outcomes() {
    holds("residuals", &[("+ (mu + theta * err[t - 1])", "+ (mu - theta * err[t - 1])")]);
}

#[test]
fn states_forwards() {
    holds("states", &[("y[t] = normal_rng(mu[state[t]], 1)", "y[t] = normal_rng(mu[state[t - 1]], 1)")]);
}

#[test]
fn integers_by_their_probabilities() {
    holds("zero_inflation", &[("u = uniform_rng(0, 1)", "u = square(uniform_rng(0, 1))")]);
    holds("occupancy", &[(" > 0 && total <= u", " > 0")]);
    holds("captures", &[(" > 0 && total <= u", " > 0")]);
}

#[test]
fn mixture_by_component() {
    holds("mixtures", &[("exp(m[component])", "exp(m[3 - component])"), ("component_2 == 1", "component_2 == 2")]);
}

#[test]
fn loops_that_feed_each_other() {
    holds("feeding_loops", &[("y[t] = normal_rng(mu, s[t])", "y[t] = normal_rng(mu, square(s[t]))")]);
}

#[test]
fn families() {
    holds("families", &[("inv_logit(a + x * b)", "inv_logit(-(a + x * b))"), ("0, 1)) + x * b", "0, 1)) - x * b")]);
    holds(
        "generators",
        &[("m + exponential_rng(1 / s)", "m - exponential_rng(1 / s)"), ("(tau, L)", "(square(tau), L)")],
    );
}

#[test]
fn regressions_of_categories() {
    holds(
        "categories",
        &[
            ("a + (x[i] * b)'", "a - (x[i] * b)'"),
            ("a + (same * b)'", "a - (same * b)'"),
            ("ordered_logistic_rng(same * slope", "ordered_logistic_rng(-same * slope"),
        ],
    );
}

#[test]
fn prior_by_mcmc() {
    holds(
        "prior_by_mcmc",
        &[("target += -square(a[1] - a[2]);", ""), ("rep_vector(a[1] + a[2], N)", "rep_vector(a[1] - a[2], N)")],
    );
}

#[test]
fn states_by_the_library() {
    holds("hidden_states", &[("m[state[n]]", "m[3 - state[n]]")]);
}

#[test]
fn latent_count() {
    holds("latent_count", &[("rep_array(component - 1,", "rep_array(component,")]);
}

#[test]
fn censored_as_seen() {
    holds("censored", &[("event_sim[n] = 1;", "event_sim[n] = 0;")]);
}

#[test]
fn value_or_density() {
    holds("hurdle", &[("value == 1 ? 0", "value == 2 ? 0")]);
}

#[test]
fn assembled_from_its_parts() {
    holds("missing", &[("y[1] = normal_rng(mu, 1)", "y[1] = normal_rng(-mu, 1)")]);
}

#[test]
fn sums_taken_apart_and_truncation_written_out() {
    holds("sums", &[("normal_rng(a, 3 * s)", "normal_rng(a, 0.3 * s)"), ("while (w[i] < 0)", "while (w[i] < -1)")]);
}

#[test]
fn bounds_that_outcomes_keep() {
    holds("bounds_kept", &[(", 1)) + shift", ", 1)) + 2 * shift")]);
}
