//! Bounds of parameters that the outcomes set: `real<lower=0, upper=min(y)> shift`, with `y - shift ~ lognormal(mu, sigma)`.
//!
//! Proof: where the densities of the outcomes give no mass to values that break the bound, the joint density without the bound is that
//! with it. So the bound is left out, and the simulator refuses where a draw breaks it: then the bound cuts the joint density.

use super::Findings;
use crate::build::typed;
use crate::step::{Step, Uses};
use crate::substitute::reference;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::BTreeSet;

pub fn apply(program: &mut Program, model: &mut Vec<Step>, findings: &mut Findings) {
    let mut observed: BTreeSet<VarId> = BTreeSet::new();
    for place in model.iter().flat_map(Step::places) {
        if matches!(program.variable(place.variable).origin, Origin::Data | Origin::TransformedData) {
            observed.extend(crate::reverse::derived_data(program, place.variable));
        }
    }
    // A parameter that is flat would have no bound left at all.
    let drawn: BTreeSet<VarId> = model.iter().flat_map(Step::places).map(|p| p.variable).collect();
    for k in 0..program.parameters.len() {
        let Declaration { variable, ty, span, .. } = program.parameters[k].clone();
        if !drawn.contains(&variable) {
            continue;
        }
        let (SizedType::Real(Constraint::Lower(_) | Constraint::Upper(_) | Constraint::LowerUpper(..)), true) =
            (&ty, program.variable(variable).ty == Type::Real)
        else {
            continue;
        };
        let Some(bounds) = crate::support::bounds(crate::reverse::constraint(&ty)) else { continue };
        let depends = |e: &Expr| {
            let mut uses = Uses::default();
            uses.reads_of(e);
            !uses.reads.is_disjoint(&observed)
        };
        let split = |end: Option<Expr>| match end {
            Some(e) if depends(&e) => (None, Some(e)),
            kept => (kept, None),
        };
        let ((lower, below), (upper, above)) = (split(bounds.lower), split(bounds.upper));
        let checks: Vec<(Operator, Expr)> =
            below.map(|e| (Operator::Less, e)).into_iter().chain(above.map(|e| (Operator::Greater, e))).collect();
        let written: Option<Vec<(Operator, Expr)>> =
            checks.iter().map(|(op, e)| Some((*op, written_out(program, e, &observed)?))).collect();
        let Some(checks) = written.filter(|c| !c.is_empty()) else { continue };
        let constraint = match (lower, upper) {
            (None, None) => Constraint::None,
            (Some(a), None) => Constraint::Lower(Box::new(a)),
            (None, Some(b)) => Constraint::Upper(Box::new(b)),
            (Some(a), Some(b)) => Constraint::LowerUpper(Box::new(a), Box::new(b)),
        };
        program.parameters[k].ty = SizedType::Real(constraint);
        for (op, end) in checks {
            model.push(Step::Plain(refused_beyond(program, variable, op, end, span)));
        }
        findings.rewrite("bounds_that_outcomes_keep");
    }
}

/// A bound by the outcomes themselves: a variable that is computed from them in its declaration is written out.
fn written_out(program: &Program, e: &Expr, observed: &BTreeSet<VarId>) -> Option<Expr> {
    let mut out = e.clone();
    let mut good = true;
    crate::substitute::expr(&mut out, &mut |e| {
        let ExprKind::Variable(v) = e.kind else { return };
        if program.variable(v).origin != Origin::TransformedData || !observed.contains(&v) {
            return;
        }
        let initial = program.transformed_data.iter().find_map(|s| match &s.kind {
            StatementKind::Declare(Declaration { variable, initial: Some(value), .. }) if *variable == v => {
                Some(value.clone())
            }
            StatementKind::Assign { target, value } if target.variable == v && target.path.is_empty() => {
                Some(value.clone())
            }
            _ => None,
        });
        let count: usize = program.transformed_data.iter().map(|s| super::components::assigned(s, v)).sum();
        match initial.filter(|_| count == 1) {
            Some(value) => *e = value,
            None => good = false,
        }
    });
    good.then_some(out)
}

/// `if (parameter < end) reject(...)`
fn refused_beyond(program: &Program, parameter: VarId, op: Operator, end: Expr, span: Span) -> Statement {
    let broken = Expr { ty: Type::Int, ..typed::binary(op, reference(program, parameter), end) };
    let text = format!("{} is drawn beyond a bound that the data set", program.variable(parameter).name);
    let refuse = Box::new(Statement { kind: StatementKind::Reject(vec![Message::Text(text)]), span });
    Statement { kind: StatementKind::If { condition: broken, then: refuse, otherwise: None }, span }
}
