//! Truncation written out: `target += normal_lpdf(y | mu, s) - normal_lccdf(0 | mu, s)` as `y ~ normal(mu, s) T[0, ]`.
//!
//! Proof: `T[a, b]` divides the density by the mass between a and b, which is what the subtracted term is the logarithm of; for a list of
//! n numbers with one distribution, n times. Outside of a and b the program has a density where `T[a, b]` has none; but a density that
//! is divided by the mass within is one within only.

use super::Findings;
use super::censored::set;
use super::components::declared;
use crate::build::typed;
use crate::pointwise::is_list;
use crate::step::{Draw, Factor, Set, Step};
use crate::support::strip;
use ppl_program::typed::*;

pub fn apply(program: &Program, steps: &mut Vec<Step>, findings: &mut Findings) {
    for step in steps.iter_mut() {
        match step {
            Step::Loop { body, .. } => apply(program, body, findings),
            Step::Branch { then, otherwise, .. } => {
                apply(program, then, findings);
                apply(program, otherwise, findings);
            }
            _ => {}
        }
    }
    let mut at = 0;
    while at < steps.len() {
        let normaliser = match &steps[at] {
            Step::Factor(Factor { term: Some(term), negative, .. }) => multiple(term, *negative),
            _ => None,
        };
        let found = normaliser.and_then(|(times, term)| {
            (0..steps.len()).find_map(|k| match &steps[k] {
                Step::Draw(draw) if draw.truncation.is_none() => {
                    truncation(program, draw, times.as_ref(), &term).map(|t| (k, t))
                }
                _ => None,
            })
        });
        match found {
            Some((k, truncation)) => {
                if let Step::Draw(draw) = &mut steps[k] {
                    draw.truncation = Some(truncation);
                }
                steps.remove(at);
                findings.rewrite("truncation_written_out");
            }
            None => at += 1,
        }
    }
}

/// What is subtracted, and how many times it is.
fn multiple(term: &Expr, negative: bool) -> Option<(Option<Expr>, Expr)> {
    if let ExprKind::Promote(inner) = &term.kind {
        return multiple(inner, negative);
    }
    if let ExprKind::Call { callee: Callee::Operator(Operator::Times), arguments } = &term.kind
        && let [times, term] = arguments.as_slice()
    {
        // `-N * ...`
        if let ExprKind::Call { callee: Callee::Operator(Operator::Negate), arguments } = &bare(times).kind {
            return (!negative).then(|| (Some(arguments[0].clone()), term.clone()));
        }
        return negative.then(|| (Some(times.clone()), term.clone()));
    }
    negative.then(|| (None, term.clone()))
}

fn bare(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Promote(inner) => bare(inner),
        _ => e,
    }
}

fn truncation(program: &Program, draw: &Draw, times: Option<&Expr>, term: &Expr) -> Option<Truncation> {
    let Callee::Distribution { family, .. } = &draw.density else { return None };
    // Where no parameter enters, it is a constant, and the bounds of the variable say what is cut.
    if term.level == Level::Data {
        return None;
    }
    let Set { lower, upper } = set(program, term, draw)?;
    let listed = draw.arguments.iter().any(|a| is_list(&bare(a).ty));
    let one = |e: &Expr| crate::support::constant(e) == Some(1.0);
    let counted = match (is_list(&draw.outcome.ty) && !listed, times) {
        (false, None) => true,
        (false, Some(times)) => one(times),
        (true, None) => false,
        (true, Some(times)) => size(program, draw).is_some_and(|n| strip(&n) == strip(times)),
    };
    if !counted || !draw.place.seen_through.is_empty() {
        return None;
    }
    // What is above an integer begins with the next.
    let discrete = *draw.outcome.ty.unwrap_array().0 == Type::Int;
    let lower = lower.map(|e| match e.kind {
        ExprKind::Int(i) if discrete => typed::int(i + 1),
        _ if discrete => typed::binary(Operator::Plus, e, typed::int(1)),
        _ => e,
    });
    let of = |form| Some(Callee::Distribution { family: family.clone(), form });
    Some(Truncation { lower, upper, lcdf: of(Form::Lcdf), lccdf: of(Form::Lccdf), span: draw.span })
}

/// The size of an outcome that is all of its variable.
fn size(program: &Program, draw: &Draw) -> Option<Expr> {
    let sizes = crate::reverse::sizes_of(declared(program, draw.place.variable)?);
    match sizes.as_slice() {
        [size] if draw.place.path.is_empty() => Some((*size).clone()),
        _ => None,
    }
}
