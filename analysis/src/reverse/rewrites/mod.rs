//! Identities that bring a program into the form of draws, one file each, with its proof.

mod components;
mod enumerate;
mod inline;
mod mixture_list;
mod residuals;
mod rows;
mod states;

use super::Findings;
use crate::step::Step;
use ppl_program::typed::Program;

/// Rewrites of statements.
pub fn of_program(program: &Program, findings: &mut Findings) -> Program {
    inline::apply(program, findings)
}

/// Rewrites of steps.
pub fn of_steps(program: &mut Program, transformed: &mut Vec<Step>, model: &mut Vec<Step>, findings: &mut Findings) {
    residuals::apply(program, model, findings);
    states::apply(program, model, findings);
    mixture_list::apply(program, model, findings);
    rows::apply(program, transformed, model, findings);
    *model = enumerate::apply(program, std::mem::take(model), findings);
}
