//! An integer outcome whose terms are no single density: zero inflation, hurdles, mixtures, anything that branches on the
//! outcome or sums over something else.
//!
//! Proof: given everything else, the terms of `target` in which an integer y has a part sum to `log p(y | rest)` up to what
//! does not depend on y. If their exponentials over all y add up to one, they are that probability itself, and y can be drawn by
//! inverting its distribution function. The simulator computes the sum and refuses where it is not one.

use super::Findings;
use crate::collect::density_of;
use crate::place::Place;
use crate::step::{Step, Uses};
use crate::support::strip;
use ppl_program::typed::*;

pub fn apply(program: &Program, steps: Vec<Step>, findings: &mut Findings) -> Vec<Step> {
    steps.into_iter().map(|step| rewrite(program, step, findings)).collect()
}

fn rewrite(program: &Program, step: Step, findings: &mut Findings) -> Step {
    let wrap = match &step {
        Step::Branch { condition, .. } => outcome_in(program, &step).filter(|place| reads(condition, place)),
        Step::Factor(_) => outcome_in(program, &step),
        Step::Mixture(mixture) => {
            let incomplete = mixture.components.iter().any(|c| c.draws.is_empty());
            outcome_in(program, &step).filter(|_| incomplete)
        }
        Step::Draw(draw) => outcome_in(program, &step).filter(|_| is_user_without_rng(program, draw)),
        _ => None,
    };
    if let Some(place) = wrap {
        findings.rewrite("integer_by_its_probabilities");
        let span = step.span();
        return Step::Enumerate { place, steps: vec![step], held: false, given: None, range: None, span };
    }
    match step {
        Step::Loop { header, body } => Step::Loop { header, body: apply(program, body, findings) },
        Step::Branch { condition, then, otherwise, span } => Step::Branch {
            condition,
            then: apply(program, then, findings),
            otherwise: apply(program, otherwise, findings),
            span,
        },
        other => other,
    }
}

fn is_user_without_rng(program: &Program, draw: &crate::step::Draw) -> bool {
    let Callee::User { function, .. } = &draw.density else { return false };
    let name = &program.function(*function).name;
    let wanted = name.strip_suffix("_lpmf").map(|stem| format!("{stem}_rng"));
    wanted.is_some_and(|wanted| !program.functions.iter().any(|f| f.name == wanted))
}

/// The one integer element of data that has densities in this step.
fn outcome_in(program: &Program, step: &Step) -> Option<Place> {
    let mut places: Vec<Place> = Vec::new();
    let mut note = |place: &Place| {
        if !places.iter().any(|p| same(p, place)) {
            places.push(place.clone());
        }
    };
    step.for_each(&mut |s| {
        s.draws().into_iter().for_each(|d| note(&d.place));
        if let Step::Factor(factor) = s
            && let Some(term) = &factor.term
        {
            term.for_each(&mut |e| {
                if let Some(draw) = density_of(program, e, e.span) {
                    note(&draw.place);
                }
            });
        }
    });
    let data: Vec<&Place> = places
        .iter()
        .filter(|p| matches!(program.variable(p.variable).origin, Origin::Data | Origin::TransformedData))
        .collect();
    match data.as_slice() {
        [one] if one.ty == Type::Int && places.len() == 1 && one.seen_through.is_empty() => Some((*one).clone()),
        _ => None,
    }
}

/// Whether two places are the same element, as far as the text tells.
fn same(a: &Place, b: &Place) -> bool {
    let indices = |p: &Place| -> Vec<Option<Expr>> {
        p.indices().map(|i| if let Index::Single(e) = i { Some(strip(e)) } else { None }).collect()
    };
    a.variable == b.variable && indices(a) == indices(b)
}

fn reads(condition: &Expr, place: &Place) -> bool {
    let mut uses = Uses::default();
    uses.reads_of(condition);
    uses.reads.contains(&place.variable)
}
