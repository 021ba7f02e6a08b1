//! Codes for what is missing: `if (y[n] != -999) y[n] ~ f(a)`.
//!
//! Proof: let c(y) say which elements have a density. Given c, the elements that have one are drawn from it, if what is drawn leads to the
//! same c with probability one: the joint density of those elements, given c, is then the product of the terms. c is taken from the
//! given data, and the simulator refuses where a draw would change it: then the branch cuts the density, by a mass that the
//! program does not divide by.

use super::Findings;
use super::components::element;
use crate::place::Place;
use crate::step::{Step, Uses};
use crate::substitute::{self, Rename};
use crate::support::strip;
use ppl_program::typed::*;
use std::collections::BTreeSet;

pub fn apply(program: &mut Program, steps: &mut [Step], findings: &mut Findings) {
    if apply_given(program, steps, &mut findings.given, &mut Vec::new()) {
        findings.rewrite("missing_where_it_is_given_as_missing");
    }
}

/// As [`apply`], with the variables for given values in a list; says whether there is something missing.
pub fn apply_given(
    program: &mut Program,
    steps: &mut [Step],
    given: &mut Vec<(VarId, VarId)>,
    loops: &mut Vec<VarId>,
) -> bool {
    let mut found = false;
    for step in steps.iter_mut() {
        if let Some(rewritten) = rewrite(program, step, given, loops) {
            found = true;
            *step = rewritten;
            continue;
        }
        match step {
            Step::Loop { header, body } => {
                let mut around = Vec::new();
                crate::unparse::declared(header, &mut around);
                let before = loops.len();
                loops.extend(around);
                found |= apply_given(program, body, given, loops);
                loops.truncate(before);
            }
            Step::Branch { then, otherwise, .. } => {
                found |= apply_given(program, then, given, loops);
                found |= apply_given(program, otherwise, given, loops);
            }
            _ => {}
        }
    }
    found
}

fn rewrite(program: &mut Program, step: &Step, aliases: &mut Vec<(VarId, VarId)>, loops: &[VarId]) -> Option<Step> {
    let Step::Branch { condition, then, otherwise, span } = step else { return None };
    let (drawing, negated) = match (then.is_empty(), otherwise.is_empty()) {
        (false, true) => (then, false),
        (true, false) => (otherwise, true),
        _ => return None,
    };
    let mut only_draws = true;
    drawing.iter().for_each(|s| {
        s.for_each(&mut |s| only_draws &= !matches!(s, Step::Factor(_) | Step::Enumerate { range: None, .. }))
    });
    let places: Vec<Place> = drawing.iter().flat_map(Step::places).cloned().collect();
    let mut uses = Uses::default();
    uses.reads_of(condition);
    let own: BTreeSet<VarId> = places.iter().map(|p| p.variable).filter(|v| uses.reads.contains(v)).collect();
    let fixed = |o: Origin| matches!(o, Origin::Data | Origin::TransformedData | Origin::LoopVariable);
    let known = |v: &VarId| loops.contains(v) || fixed(program.variable(*v).origin);
    if !only_draws
        || own.is_empty()
        || !own.iter().all(|v| program.variable(*v).origin == Origin::Data)
        || !uses.reads.iter().all(known)
    {
        return None;
    }
    // The condition is about the elements that are drawn.
    let mut others = false;
    for &v in &own {
        let indices: Vec<Vec<Expr>> = places.iter().filter(|p| p.variable == v).map(single).collect::<Option<_>>()?;
        let (mut all, mut drawn) = (0, 0);
        condition.for_each(&mut |e| {
            all += usize::from(e.kind == ExprKind::Variable(v));
            let is_drawn = |own: &[Expr]| indices.iter().any(|i| i.iter().cloned().eq(own.iter().map(strip)));
            let whole = element(e).filter(|(w, own)| *w == v && is_drawn(own));
            drawn += usize::from(whole.is_some());
        });
        others |= all != drawn;
    }
    if others {
        return None;
    }
    let mut given = Rename::default();
    for &v in &own {
        given.variables.insert(v, Findings::given(program, v, aliases));
    }
    let mut at_first = condition.clone();
    substitute::expr(&mut at_first, &mut |e| substitute::Change::expr(&mut given, e));
    let message = "a number is drawn that the program takes for missing".to_string();
    let refuse = Box::new(Statement { kind: StatementKind::Reject(vec![Message::Text(message)]), span: *span });
    let changed = match negated {
        true => condition.clone(),
        false => {
            let callee = Callee::Operator(Operator::Not);
            let kind = ExprKind::Call { callee, arguments: vec![condition.clone()] };
            Expr { kind, ty: Type::Int, level: condition.level, span: *span }
        }
    };
    let check = StatementKind::If { condition: changed, then: refuse, otherwise: None };
    let mut drawing = drawing.clone();
    drawing.push(Step::Plain(Statement { kind: check, span: *span }));
    let (then, otherwise) = if negated { (Vec::new(), drawing) } else { (drawing, Vec::new()) };
    Some(Step::Branch { condition: at_first, then, otherwise, span: *span })
}

fn single(place: &Place) -> Option<Vec<Expr>> {
    place.indices().map(|i| if let Index::Single(e) = i { Some(strip(e)) } else { None }).collect()
}
