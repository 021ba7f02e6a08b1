//! The joint test on one small program for each identity of the reversal: the simulator passes, and a simulator with one mistake in it fails
//! at the same level.

use ppl::Data;
use ppl_analysis::reverse::rewrites::NAMES;
use ppl_joint::{Effort, Outcome, Subject};
use std::path::PathBuf;

/// The chance that a right simulator fails.
const LEVEL: f64 = 0.001;

/// A mistake: of which rewrite (or of what else), and what to put in the place of what.
type Mutant = (&'static str, &'static str, &'static str);

fn test(name: &str, draws: usize, change: &dyn Fn(String) -> String) -> Outcome {
    // What is missing is given: grades move among grades, not to the code.
    let within = vec![("grade".to_string(), 1.0, 4.0)];
    let effort = Effort { draws, steps: 40, seed: 20_251_129, within, ..Effort::default() };
    subject(name, change).test(&effort).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("programs")
}

fn subject(name: &str, change: &dyn Fn(String) -> String) -> Subject {
    let read = |ending: &str| std::fs::read_to_string(folder().join(format!("{name}.{ending}"))).expect("a program");
    let data = Data::from_json(&read("data.json")).expect("its data");
    Subject::new(name, &read("stan"), &data, change).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Whether a simulator passes: it rejects hardly any draw, and the others are distributed as the program says.
fn passes(outcome: &Outcome) -> bool {
    outcome.passes(LEVEL) && outcome.left_out * 20 <= outcome.draws
}

/// The program passes, and each mutant fails.
fn holds(name: &str, mutants: &[Mutant]) {
    let outcome = test(name, 400, &|text| text);
    assert!(passes(&outcome), "{name}: {outcome:#?}");
    for (_, right, wrong) in mutants {
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

/// A test for each program, and the list of them.
macro_rules! programs {
    ($($name:ident { $($of:literal: $right:literal => $wrong:literal;)+ })+) => {
        const PROGRAMS: &[(&str, &[Mutant])] = &[$((stringify!($name), &[$(($of, $right, $wrong)),+])),+];

        $(
            #[test]
            fn $name() {
                let (name, mutants) = PROGRAMS.iter().find(|(name, _)| *name == stringify!($name)).expect("listed");
                holds(name, mutants);
            }
        )+
    };
}

programs! {
    half_priors {
        "half_prior": "abs(student_t_rng(4, 0, 1))" => "student_t_rng(4, 0, 1)";
        "half_prior": "m - abs(" => "m + abs(";
    }
    truncated_priors {
        "truncated_prior": "normal_lcdf(0 | 3, 2)" => "normal_lcdf(0 | 2, 2)";
        "truncated_prior": "while (counts[i_2] < 1)" => "while (counts[i_2] < 0)";
        "truncated_prior": "normal_lcdf(2 | 0, r[1 + n % 2])" => "normal_lcdf(0 | 0, r[1 + n % 2])";
    }
    flat {
        "flat_on_compact": "uniform_rng(0.2, 0.8)" => "uniform_rng(0.2, 0.4)";
        "flat_on_compact": "rep_vector(1, 3)" => "rep_vector(9, 3)";
        "flat_on_compact": "L[1, 1] = 1;" => "L[1, 1] = -1;";
    }
    ordered {
        "ordered_by_sorting": "sort_asc(to_vector(normal_rng(rep_array(0, 3), spread)))" => "to_vector(normal_rng(rep_array(0, 3), spread))";
        "ordered_by_sorting": "sort_asc(to_vector(normal_rng(rep_array(0, 3), spread)))" => "cumulative_sum(abs(to_vector(normal_rng(rep_array(0, 3), spread))))";
    }
    functions {
        "functions_written_out": "] == 1)" => "] == 2)";
        "functions_written_out": "normal_rng(away, 2)" => "normal_rng(away, square(2))";
    }
    residuals {
        "residuals_as_outcomes": "+ (mu + theta * err[t - 1])" => "+ (mu - theta * err[t - 1])";
    }
    states {
        "states_forwards": "y[t] = normal_rng(mu[state[t]], 1)" => "y[t] = normal_rng(mu[state[t - 1]], 1)";
    }
    one_count {
        "integer_by_its_probabilities": "u = uniform_rng(0, 1)" => "u = square(square(uniform_rng(0, 1)))";
    }
    zero_inflation {
        "integers_by_their_probabilities": "u = uniform_rng(0, 1)" => "u = square(uniform_rng(0, 1))";
    }
    inflated {
        "value_or_density": "value == 1 ? 0 : y[n]" => "value == 2 ? 0 : y[n]";
    }
    occupancy {
        "integers_by_their_probabilities": " > 0 && total <= u" => " > 0";
    }
    captures {
        "integers_by_their_probabilities": " > 0 && total <= u" => " > 0";
    }
    mixtures {
        "mixture_by_component": "exp(m[component])" => "exp(m[3 - component])";
        "mixture_by_component": "component_2 == 1" => "component_2 == 2";
    }
    feeding_loops {
        "order": "y[t] = normal_rng(mu, s[t])" => "y[t] = normal_rng(mu, square(s[t]))";
    }
    families {
        "families": "inv_logit(a + x * b)" => "inv_logit(-(a + x * b))";
        "families": "0, 1)) + x * b" => "0, 1)) - x * b";
    }
    generators {
        "families": "m + exponential_rng(1 / s)" => "m - exponential_rng(1 / s)";
        "families": "(tau, L)" => "(square(tau), L)";
    }
    prior_by_mcmc {
        "prior by NUTS": "target += -square(a[1] - a[2]);" => "";
        "prior by NUTS": "rep_vector(a[1] + a[2], N)" => "rep_vector(a[1] - a[2], N)";
    }
    hidden_states {
        "states_forwards": "m[state[n]]" => "m[3 - state[n]]";
    }
    latent_count {
        "latent_count": "rep_array(component - 1," => "rep_array(component,";
    }
    censored {
        "censored_as_seen": "event_sim[n] = 1;" => "event_sim[n] = 0;";
    }
    hurdle {
        "value_or_density": "value == 1 ? 0" => "value == 2 ? 0";
    }
    missing {
        "assembled_from_its_parts": "y[1] = normal_rng(mu, 1)" => "y[1] = normal_rng(-mu, 1)";
    }
    sums {
        "sums_taken_apart": "normal_rng(a, 3 * s)" => "normal_rng(a, 0.3 * s)";
        "truncation_written_out": "while (w[i] < 0)" => "while (w[i] < -1)";
        "reduce_sum_in_one_piece": "bernoulli_logit_rng(a + x" => "bernoulli_logit_rng(a - x";
    }
    chosen {
        "terms_by_branches": "normal_rng(-a, 2)" => "normal_rng(a, 2)";
        "terms_by_branches": "student_t_rng(5, a, s)" => "student_t_rng(5, a, 1 + s)";
    }
    coded {
        "missing_where_it_is_given_as_missing": "(m, 0.5)" => "(-m, 0.5)";
        "missing_where_it_is_given_as_missing": "y[n] != -999" => "y[n] == -999";
    }
    rows {
        "rows_where_they_are_read": "m[component]" => "m[3 - component]";
    }
    pointwise {
        "log_densities_computed_in_place": "(mu[n], 0.5)" => "(-mu[n], 0.5)";
    }
    tails {
        "censored_as_given": "target += exponential_lccdf(t[cut] | rate);" => "";
    }
    histories {
        "computed_from_the_draws": "before_2[t - 1] + y" => "before_2[t - 1] - y";
    }
    grouped {
        "components_of_groups": "component[group[n]]" => "component[1 + n % 2]";
        "components_of_groups": "log(theta[k])" => "log(theta[3 - k])";
    }
    picked {
        "picked_by_a_category": " > 0 && total <= u" => " > 0";
    }
    feeding_slices {
        "order": "mean_of[t - 1]" => "mean_of[1]";
    }
    categories {
        "regression_in_one": "a + (x[i] * b)'" => "a - (x[i] * b)'";
        "regression_in_one": "a + (same * b)'" => "a - (same * b)'";
        "regression_in_one": "ordered_logistic_rng(same * slope" => "ordered_logistic_rng(-same * slope";
    }
    bounds_kept {
        "bounds_that_outcomes_keep": ", 1)) + shift" => ", 1)) + 2 * shift";
    }
}

/// What the list of programs promises: each rewrite is used by a program, and has a mistake that is found.
#[test]
fn every_rewrite_has_a_program_and_a_mistake() {
    let rewrites: Vec<(&str, Vec<String>)> =
        PROGRAMS.iter().map(|(name, _)| (*name, subject(name, &|text| text).rewrites().to_vec())).collect();
    let without: Vec<&str> = NAMES
        .iter()
        .filter(|wanted| {
            let has = |(name, mutants): &(&str, &[Mutant])| {
                let used = rewrites.iter().any(|(n, r)| n == name && r.iter().any(|r| r == *wanted));
                used && mutants.iter().any(|(of, ..)| of == *wanted)
            };
            !PROGRAMS.iter().any(has)
        })
        .copied()
        .collect();
    assert!(without.is_empty(), "rewrites without a program and a mistake: {without:?}\n{rewrites:#?}");
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .expect("the programs")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".stan")?.to_string()))
        .collect();
    let mut listed: Vec<&str> = PROGRAMS.iter().map(|(name, _)| *name).collect();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed, "programs that are not tested");
}
