//! A category that picks its probability out of a list: `target += log(p[y])`.
//!
//! Proof: as in [`super::enumerate`]: if `p[1], ..., p[K]` add up to one, p[y] is the probability of y. The values of y are the positions in
//! the list. An element that is no number makes `target` none: the program gives such a y no density, so its probability is zero.
//!
//! The list must be computed without y, and the term must be nothing else: what else reads an integer of the data by an index takes it as given.

use super::Findings;
use super::components::{element, mentions};
use crate::build::typed;
use crate::place::Place;
use crate::step::{Factor, Step};
use ppl_program::typed::*;

/// Says whether there is one.
pub fn apply(program: &Program, steps: &mut [Step], findings: &mut Findings) -> bool {
    let mut found = false;
    for step in steps.iter_mut() {
        match step {
            Step::Loop { body, .. } => found |= apply(program, body, findings),
            Step::Branch { then, otherwise, .. } => {
                found |= apply(program, then, findings);
                found |= apply(program, otherwise, findings);
            }
            Step::Factor(Factor { term: Some(term), negative: false, .. }) => {
                if let Some((place, size)) = picked(program, term) {
                    found = true;
                    findings.rewrite("picked_by_a_category");
                    let (span, steps) = (step.span(), vec![step.clone()]);
                    let range = Some((typed::int(1), size));
                    *step = Step::Enumerate { place, steps, held: false, given: None, range, span };
                }
            }
            _ => {}
        }
    }
    found
}

/// The integer that picks, and how many there are to pick from.
fn picked(program: &Program, term: &Expr) -> Option<(Place, Expr)> {
    let ExprKind::Call { callee: Callee::Library(name), arguments } = &term.kind else { return None };
    let [list] = arguments.as_slice() else { return None };
    let (variable, mut indices) = element(list).filter(|_| name == "log")?;
    let y = indices.pop()?;
    let place = Place::of(&y).filter(|p| p.ty == Type::Int && p.indices().all(|i| matches!(i, Index::Single(_))))?;
    let is_outcome = program.variable(place.variable).origin == Origin::Data;
    let by_parameters = program.variable(variable).level == Level::Parameter;
    let alone = !indices.iter().any(|i| mentions(i, place.variable));
    let all = list_of(program, variable, &indices)?;
    (is_outcome && by_parameters && alone).then(|| (place, typed::call("size", vec![all], Type::Int)))
}

/// `p[i, j]`, of which an element is picked.
fn list_of(program: &Program, variable: VarId, indices: &[Expr]) -> Option<Expr> {
    let list = indices.iter().fold(crate::substitute::reference(program, variable), |base, i| {
        let ty = crate::pointwise::element_type(&base.ty);
        let (level, span) = (base.level, base.span);
        let kind = ExprKind::Index { base: Box::new(base), indices: vec![Index::Single(i.clone())] };
        Expr { kind, ty, level, span }
    });
    let numbers = matches!(&list.ty, Type::Vector | Type::RowVector)
        || matches!(&list.ty, Type::Array(element, 1) if **element == Type::Real);
    numbers.then_some(list)
}
