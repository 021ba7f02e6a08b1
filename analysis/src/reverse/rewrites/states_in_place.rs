//! The forward recursion with one list, which each turn replaces:
//!
//! ```stan
//! for (k in 1:K) lp[k] = log(rho[k]) + f_lpdf(y[1] | k);
//! for (t in 2:N) {
//!   for (k in 1:K) next[k] = log_sum_exp(log(Gamma[, k]) + lp) + f_lpdf(y[t] | k);
//!   lp = next;
//! }
//! target += log_sum_exp(lp);
//! ```
//!
//! Proof: as in [`super::states`], with `lp` after turn t for `gamma[t]`; element j of what is added to `lp` in the sum is the weight of
//! the step from state j.

use super::components::*;
use super::states::{For, Recursion, for_loop};
use crate::build::typed;
use crate::pointwise::{is_list, typed_element};
use crate::step::Step;
use crate::substitute::{self, fresh, reference};
use crate::support::strip;
use ppl_program::typed::*;

/// A step that belongs to the recursion, by its place, and what of it does not.
pub type Part = (usize, Vec<Step>);

/// The recursion that ends in `lp`, and the steps that are its parts, with what of them is none of it.
pub fn recursion(program: &mut Program, steps: &[Step], at: usize, lp: VarId) -> Option<(Vec<Part>, Recursion)> {
    let is_part = |s: &Step| matches!(s, Step::Plain(inner) if assigned(inner, lp) > 0);
    let mut parts: Vec<usize> = (0..at).filter(|&k| is_part(&steps[k])).collect();
    let statement = |k: usize| if let Step::Plain(s) = &steps[k] { Some(s) } else { None };
    if assignments(program, lp) != parts.len() {
        return None;
    }
    // A first value that the terms of the first time are added to.
    let initial = match statement(*parts.first()?)?.kind.clone() {
        StatementKind::Declare(Declaration { initial, .. }) => {
            parts.remove(0);
            initial
        }
        _ => None,
    };
    let [first, later] = parts.as_slice() else { return None };
    let is = |e: &Expr, v: VarId| e.kind == ExprKind::Variable(v);
    let one = typed::int(1);
    let start = for_loop(statement(*first)?)?;
    let (own, others): (Vec<Statement>, Vec<Statement>) = start.body.iter().cloned().partition(|s| assigned(s, lp) > 0);
    let [Statement { kind: StatementKind::Assign { target, value }, .. }] = own.as_slice() else { return None };
    let indices = target_indices(target)?;
    let at_state = matches!(indices.as_slice(), [k] if is(k, start.variable));
    let reads_lp = |s: &Statement| {
        let mut found = false;
        s.for_each_expr(&mut |e| found |= is(e, lp));
        found
    };
    if target.variable != lp || !at_state || strip(&start.lower) != one || others.iter().any(reads_lp) {
        return None;
    }
    let (weights, draws) = apart(program, value)?;
    let is_self =
        |e: &Expr| element(e).is_some_and(|(v, own)| v == lp && matches!(own.as_slice(), [k] if is(k, start.variable)));
    let (from_before, mut weights): (Vec<Expr>, Vec<Expr>) = weights.into_iter().partition(is_self);
    match (initial, from_before.len()) {
        (Some(list), 1) => {
            let state = reference(program, start.variable);
            weights.push(typed_element(&list, &|_| state.clone()));
        }
        (None, 0) => {}
        _ => return None,
    }
    if weights.iter().any(|e| mentions(e, lp)) {
        return None;
    }
    // What else the loop computes stays.
    let mut rest = Vec::new();
    if !others.is_empty() {
        let mut kept = vec![statement(*first)?.clone()];
        if let StatementKind::For { body, .. } = &mut kept[0].kind {
            body.kind = StatementKind::Block(others);
        }
        substitute::fresh_loops(program, &mut kept);
        rest.extend(kept.into_iter().map(Step::Plain));
    }
    let mut replaced: Vec<Part> = vec![(*first, rest), (*later, Vec::new())];
    replaced.extend((0..at).filter(|k| is_part(&steps[*k]) && !parts.contains(k)).map(|k| (k, Vec::new())));
    let time = for_loop(statement(*later)?)?;
    if strip(&time.lower) != typed::int(2) {
        return None;
    }
    // Declarations, the loop over new states, and the list for the next turn.
    let (replace, before) = time.body.split_last()?;
    let StatementKind::Assign { target, value: Expr { kind: ExprKind::Variable(next), .. } } = &replace.kind else {
        return None;
    };
    let (inner, declarations) = before.split_last()?;
    let declares =
        |s: &Statement| matches!(&s.kind, StatementKind::Declare(d) if d.variable == *next && d.initial.is_none());
    if target.variable != lp
        || !target.path.is_empty()
        || !declarations.iter().all(declares)
        || assignments(program, *next) != 1
    {
        return None;
    }
    let states = for_loop(inner).filter(|f: &For| strip(&f.lower) == one && strip(&f.upper) == strip(&start.upper))?;
    let [Statement { kind: StatementKind::Assign { target, value }, .. }] = states.body.as_slice() else { return None };
    let indices = target_indices(target)?;
    if target.variable != *next || !matches!(indices.as_slice(), [k] if is(k, states.variable)) {
        return None;
    }
    let (outside, emitted) = apart(program, value)?;
    let (sums, mut moves): (Vec<Expr>, Vec<Expr>) = outside.into_iter().partition(|e| summed_list(e).is_some());
    let [sum] = sums.as_slice() else { return None };
    let (from, rest): (Vec<Expr>, Vec<Expr>) = added(summed_list(sum)?).into_iter().partition(|e| is(e, lp));
    if from.len() != 1 || rest.iter().chain(&moves).any(|e| mentions(e, lp)) {
        return None;
    }
    let old = fresh(program, "from", Type::Int, Level::Data);
    let index = reference(program, old);
    let at_old = |start: &Expr| match start.kind {
        ExprKind::Int(1) => index.clone(),
        _ => {
            let before = typed::binary(Operator::Minus, index.clone(), typed::int(1));
            typed::binary(Operator::Plus, start.clone(), before)
        }
    };
    for list in rest {
        if !is_list(&list.ty) {
            return None;
        }
        moves.push(element_of_list(&list, &at_old));
    }
    if emitted.is_empty() || !moves.iter().any(|w| mentions(w, states.variable)) {
        return None;
    }
    let first = (start.variable, weights, draws);
    let (new, states) = (states.variable, start.upper);
    Some((replaced, Recursion { first, states, time, new, old, weights: moves, draws: emitted }))
}

/// The lists that a list is the sum of.
fn added(e: &Expr) -> Vec<Expr> {
    match &e.kind {
        ExprKind::Call { callee: Callee::Operator(Operator::Plus), arguments }
            if arguments.iter().all(|a| is_list(&a.ty)) =>
        {
            arguments.iter().flat_map(added).collect()
        }
        _ => vec![e.clone()],
    }
}

/// An element of a list, through what only changes its kind.
fn element_of_list(e: &Expr, at: &dyn Fn(&Expr) -> Expr) -> Expr {
    match &e.kind {
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if matches!(name.as_str(), "to_vector" | "to_row_vector" | "to_array_1d") && is_list(&arguments[0].ty) =>
        {
            element_of_list(&arguments[0], at)
        }
        ExprKind::Call { callee: Callee::Operator(Operator::Transpose), arguments } if is_list(&arguments[0].ty) => {
            element_of_list(&arguments[0], at)
        }
        // A row of a matrix or of an array: one more index.
        ExprKind::Index { base, indices } if indices.iter().all(|i| matches!(i, Index::Single(_))) => {
            let mut indices = indices.clone();
            indices.push(Index::Single(at(&typed::int(1))));
            let ty = crate::pointwise::element_type(&e.ty);
            Expr { kind: ExprKind::Index { base: base.clone(), indices }, ty, level: e.level, span: e.span }
        }
        _ => typed_element(e, at),
    }
}
