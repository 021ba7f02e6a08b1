//! Identities that bring a program into the form of draws, one file each, with its proof.

mod assembled;
mod branches;
pub(crate) mod censored;
mod components;
mod enumerate;
mod hidden_states;
mod inline;
mod log_densities;
mod mixture_list;
mod reduce_sum;
mod residuals;
mod rows;
mod slices;
mod states;
mod sums;

use super::Findings;
use crate::step::Step;
use ppl_program::typed::Program;

/// Rewrites of statements.
pub fn of_program(program: &Program, findings: &mut Findings) -> Program {
    let mut program = program.clone();
    reduce_sum::apply(&mut program, findings);
    log_densities::apply(&mut program, findings);
    let mut program = inline::apply(&program, findings);
    sums::apply(&mut program, findings);
    branches::apply(&mut program, findings);
    program
}

/// Rewrites of steps.
pub fn of_steps(program: &mut Program, transformed: &mut Vec<Step>, model: &mut Vec<Step>, findings: &mut Findings) {
    assembled::apply(program, transformed, model, findings);
    residuals::apply(program, model, findings);
    slices::apply(program, transformed);
    slices::apply(program, model);
    censored::apply(program, model, findings);
    states::apply(program, model, findings);
    hidden_states::apply(program, model, findings);
    mixture_list::apply(program, model, findings);
    rows::apply(program, transformed, model, findings);
    *model = enumerate::apply(program, std::mem::take(model), findings);
}
