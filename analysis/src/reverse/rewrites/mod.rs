//! Identities that bring a program into the form of draws, one file each, with its proof.

mod assembled;
mod bounds;
mod branches;
pub(crate) mod censored;
mod codes;
pub(crate) mod components;
pub(crate) mod derived;
mod enumerate;
mod groups;
mod hidden_states;
mod in_one_loop;
mod inline;
mod latent_counts;
mod log_densities;
mod mixture_list;
pub(crate) mod normalisers;
mod picked;
mod reduce_sum;
mod residuals;
mod rows;
pub(crate) mod slices;
mod spikes;
mod states;
mod states_in_place;
mod sums;
mod tails;

use super::Findings;
use crate::step::Step;
use ppl_program::typed::{Program, Statement, StatementKind, VarId};

/// The identities by the names that reports call them. Each has a program in `tests/joint/programs` and a mistake that its test finds.
pub const NAMES: [&str; 26] = [
    "assembled_from_its_parts",
    "bounds_that_outcomes_keep",
    "censored_as_given",
    "censored_as_seen",
    "components_of_groups",
    "computed_from_the_draws",
    "flat_on_compact",
    "functions_written_out",
    "half_prior",
    "integer_by_its_probabilities",
    "integers_by_their_probabilities",
    "latent_count",
    "log_densities_computed_in_place",
    "missing_where_it_is_given_as_missing",
    "mixture_by_component",
    "ordered_by_sorting",
    "picked_by_a_category",
    "reduce_sum_in_one_piece",
    "residuals_as_outcomes",
    "rows_where_they_are_read",
    "states_forwards",
    "sums_taken_apart",
    "terms_by_branches",
    "truncated_prior",
    "truncation_written_out",
    "value_or_density",
];

/// Rewrites of statements.
pub fn of_program(program: &Program, findings: &mut Findings) -> Program {
    let mut program = program.clone();
    reduce_sum::apply(&mut program, findings);
    log_densities::apply(&mut program, findings);
    let mut program = inline::apply(&program, findings);
    sums::apply(&mut program, findings);
    in_one_loop::apply(&mut program, findings);
    branches::apply(&mut program, findings);
    program
}

/// Rewrites of steps.
pub fn of_steps(program: &mut Program, transformed: &mut Vec<Step>, model: &mut Vec<Step>, findings: &mut Findings) {
    assembled::apply(program, transformed, model, findings);
    residuals::apply(program, model, findings);
    slices::apply(program, transformed);
    slices::apply(program, model);
    normalisers::apply(program, model, findings);
    censored::apply(program, model, findings);
    tails::apply(program, model, findings);
    spikes::apply(program, model, findings);
    codes::apply(program, model, findings);
    states::apply(program, model, findings);
    hidden_states::apply(program, model, findings);
    latent_counts::apply(program, model, findings);
    mixture_list::apply(program, model, findings);
    groups::apply(program, model, findings);
    rows::apply(program, transformed, model, findings);
    if picked::apply(program, model, findings) {
        // A code for what is missing may stand beside categories.
        codes::apply(program, model, findings);
    }
    *model = enumerate::apply(program, std::mem::take(model), findings);
    bounds::apply(program, model, findings);
}

/// The steps with `inserted` in place of the one at `at`; the declaration of `list` and the steps that fill it are gone.
fn in_place_of_list(steps: &[Step], at: usize, parts: &[usize], list: VarId, mut inserted: Vec<Step>) -> Vec<Step> {
    let mut out = Vec::new();
    for (k, step) in steps.iter().enumerate() {
        let is_declaration =
            matches!(step, Step::Plain(Statement { kind: StatementKind::Declare(d), .. }) if d.variable == list);
        if k == at {
            out.append(&mut inserted);
        } else if !parts.contains(&k) && !is_declaration {
            out.push(step.clone());
        }
    }
    out
}

/// Rewrites the factors of a program one after the other, inner ones first, until none is left that `rewrite` knows. It is given the program,
/// the steps and the place of the factor, and may add variables to the program where it succeeds.
fn each_factor(
    program: &mut Program,
    steps: &mut Vec<Step>,
    findings: &mut Findings,
    name: &str,
    rewrite: fn(&mut Program, &[Step], usize) -> Option<Vec<Step>>,
) {
    for step in steps.iter_mut() {
        match step {
            Step::Loop { body, .. } => each_factor(program, body, findings, name, rewrite),
            Step::Branch { then, otherwise, .. } => {
                each_factor(program, then, findings, name, rewrite);
                each_factor(program, otherwise, findings, name, rewrite);
            }
            _ => {}
        }
    }
    for at in 0..steps.len() {
        // Most steps are none: no copy of the program for those.
        if !matches!(steps[at], Step::Factor(_)) {
            continue;
        }
        let mut next = program.clone();
        if let Some(rewritten) = rewrite(&mut next, steps, at) {
            findings.rewrite(name);
            (*program, *steps) = (next, rewritten);
            return each_factor(program, steps, findings, name, rewrite);
        }
    }
}
