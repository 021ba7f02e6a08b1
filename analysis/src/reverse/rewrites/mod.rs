//! Identities that bring a program into the form of draws, one file each, with its proof.

mod enumerate;

use super::Findings;
use crate::step::Step;
use ppl_program::typed::Program;

/// Rewrites of statements.
pub fn of_program(program: &Program, _findings: &mut Findings) -> Program {
    program.clone()
}

/// Rewrites of steps.
pub fn of_steps(program: &Program, steps: Vec<Step>, findings: &mut Findings) -> Vec<Step> {
    enumerate::apply(program, steps, findings)
}
