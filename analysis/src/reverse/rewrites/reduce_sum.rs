//! `reduce_sum(f, x, grain, a...)` as one call of f.
//!
//! Proof: by its definition `reduce_sum` is the sum of `f(x[s:e], s, e, a...)` over slices that cut x into pieces, however it is cut: a
//! program that uses it promises that the sum does not depend on the cut. One piece is a cut: `f(x, 1, size(x), a...)`.

use super::Findings;
use super::components::size_of_list;
use crate::build::typed;
use crate::substitute::{self, Change};
use ppl_program::typed::*;

pub fn apply(program: &mut Program, findings: &mut Findings) {
    let mut transformed = std::mem::take(&mut program.transformed_parameters);
    let mut model = std::mem::take(&mut program.model);
    let mut whole = Whole { program, found: false };
    transformed.iter_mut().chain(&mut model).for_each(|s| substitute::statement(s, &mut whole));
    if whole.found {
        findings.rewrite("reduce_sum_in_one_piece");
    }
    (program.transformed_parameters, program.model) = (transformed, model);
}

struct Whole<'p> {
    program: &'p Program,
    found: bool,
}

impl Change for Whole<'_> {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Call { callee: Callee::Library(name), arguments } = &mut e.kind else { return };
        if !matches!(name.as_str(), "reduce_sum" | "reduce_sum_static") || arguments.len() < 3 {
            return;
        }
        let ExprKind::Function(function) = arguments[0].kind else { return };
        let form = match self.program.function(function).kind {
            FunctionKind::Lpdf | FunctionKind::Lpmf => Form::Log,
            FunctionKind::Plain => Form::Plain,
            _ => return,
        };
        let list = arguments[1].clone();
        let size = size_of_list(self.program, &list);
        let given = [list, typed::int(1), size].into_iter().chain(arguments.drain(3..)).collect();
        e.kind = ExprKind::Call { callee: Callee::User { function, form }, arguments: given };
        self.found = true;
    }
}
