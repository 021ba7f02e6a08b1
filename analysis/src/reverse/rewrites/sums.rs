//! Sums of log densities that are collected in a variable before they are added to `target`:
//!
//! ```stan
//! real lp = 0;                                  vector[N] ll;
//! for (n in 1:N) lp += f_lpdf(y[n] | a);        for (n in 1:N) ll[n] = f_lpdf(y[n] | a);
//! target += lp;                                 target += sum(ll);
//! ```
//!
//! Proof: addition. If every path from where the variable gets its first value to `target += lp` only adds to it, and nothing else
//! reads it, then `target` gets the same sum when each term is added where it is computed. Elements of a list are each a variable of
//! their own; that each gets its first value once is seen from the loops around the assignment, whose variables are its indexes. An
//! element that is never assigned is no number, and the program has no density.

use super::Findings;
use super::components::{assigned, assignments, element, flattened, negated, target_indices};
use crate::build::typed;
use crate::collect::terms;
use crate::support::{constant, strip};
use ppl_grammar::span::Span;
use ppl_program::typed::*;

pub fn apply(program: &mut Program, findings: &mut Findings) {
    let mut found = false;
    loop {
        let model: Vec<Statement> = program.model.iter().flat_map(flattened).collect();
        program.model = model.clone();
        let Some((rewritten, variable)) = one(program, &model) else { break };
        program.model = rewritten;
        found = true;
        if assignments(program, variable) == 0 {
            program.model =
                std::mem::take(&mut program.model).into_iter().filter_map(|s| without(s, variable)).collect();
        }
    }
    if found {
        findings.rewrite("sums_taken_apart");
    }
}

/// One sum taken apart, in these statements or deeper; and its variable.
fn one(program: &Program, items: &[Statement]) -> Option<(Vec<Statement>, VarId)> {
    for at in 0..items.len() {
        if let StatementKind::TargetPlus(e) = &items[at].kind {
            for (term, negative) in terms(e) {
                if let Some(sum) = Sum::of(program, &term).filter(|_| !negative)
                    && let Some(rewritten) = sum.taken_apart(program, items, at, &term)
                {
                    return Some((rewritten, sum.variable));
                }
            }
        }
        let deeper = |body: &Statement| one(program, &flattened(body));
        let with = |kind: StatementKind| {
            let mut items = items.to_vec();
            items[at] = Statement { kind, span: items[at].span };
            items
        };
        let block =
            |items: Vec<Statement>| Box::new(Statement { kind: StatementKind::Block(items), span: Span::default() });
        match &items[at].kind {
            StatementKind::For { variable, lower, upper, body } => {
                if let Some((body, v)) = deeper(body) {
                    let (variable, lower, upper) = (*variable, lower.clone(), upper.clone());
                    return Some((with(StatementKind::For { variable, lower, upper, body: block(body) }), v));
                }
            }
            StatementKind::If { condition, then, otherwise } => {
                let condition = condition.clone();
                if let Some((then, v)) = deeper(then) {
                    let otherwise = otherwise.clone();
                    return Some((with(StatementKind::If { condition, then: block(then), otherwise }), v));
                }
                if let Some((otherwise, v)) = otherwise.as_deref().and_then(deeper) {
                    let (then, otherwise) = (then.clone(), Some(block(otherwise)));
                    return Some((with(StatementKind::If { condition, then, otherwise }), v));
                }
            }
            _ => {}
        }
    }
    None
}

/// A statement without the declaration of a variable.
fn without(s: Statement, variable: VarId) -> Option<Statement> {
    let span = s.span;
    let kept = |s: Box<Statement>| {
        let span = s.span;
        Box::new(without(*s, variable).unwrap_or(Statement { kind: StatementKind::Skip, span }))
    };
    let kind = match s.kind {
        StatementKind::Declare(d) if d.variable == variable => return None,
        StatementKind::Block(items) => {
            StatementKind::Block(items.into_iter().filter_map(|s| without(s, variable)).collect())
        }
        StatementKind::For { variable: v, lower, upper, body } => {
            StatementKind::For { variable: v, lower, upper, body: kept(body) }
        }
        StatementKind::ForEach { variable: v, range, body } => {
            StatementKind::ForEach { variable: v, range, body: kept(body) }
        }
        StatementKind::If { condition, then, otherwise } => {
            StatementKind::If { condition, then: kept(then), otherwise: otherwise.map(kept) }
        }
        other => other,
    };
    Some(Statement { kind, span })
}

/// The variable, or the element, that collects a sum; `list` says that its elements are summed.
struct Sum {
    variable: VarId,
    indices: Vec<Expr>,
    list: bool,
}

/// What the collecting variable holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Nothing,
    /// Zero, which may be overwritten.
    Zero,
    /// Of a list: terms in some elements, by their numbers.
    Some,
    Terms,
}

/// What has been seen on the way through the statements.
#[derive(Default)]
struct Walk {
    /// How often the variable was read to add to it.
    used: usize,
    /// Elements of a list that got their first value by number.
    numbers: Vec<i32>,
}

impl Sum {
    fn of(program: &Program, term: &Expr) -> Option<Sum> {
        let (e, list) = match &term.kind {
            ExprKind::Call { callee: Callee::Library(name), arguments } if name == "sum" => (arguments.first()?, true),
            _ => (term, false),
        };
        let (variable, indices) = element(e)?;
        let fits = match list {
            true => {
                matches!(&e.ty, Type::Vector | Type::RowVector)
                    || matches!(&e.ty, Type::Array(e, _) if **e == Type::Real)
            }
            false => e.ty == Type::Real,
        };
        let local = program.variable(variable).origin == Origin::Local;
        let indices = indices.iter().map(strip).collect();
        (fits && local).then_some(Sum { variable, indices, list })
    }

    fn taken_apart(&self, program: &Program, items: &[Statement], at: usize, term: &Expr) -> Option<Vec<Statement>> {
        let parts: Vec<usize> = (0..at).filter(|&k| assigned(&items[k], self.variable) > 0).collect();
        let count: usize = parts.iter().map(|&k| assigned(&items[k], self.variable)).sum();
        let first = *parts.first()?;
        if count != assignments(program, self.variable) || items[first..at].iter().any(leaves) {
            return None;
        }
        // Nothing reads it but what adds to it, and the term.
        let mut reads = 0;
        program
            .model
            .iter()
            .for_each(|s| s.for_each_expr(&mut |e| reads += usize::from(e.kind == ExprKind::Variable(self.variable))));
        let mut own = 0;
        parts.iter().for_each(|&k| {
            items[k].for_each_expr(&mut |e| own += usize::from(e.kind == ExprKind::Variable(self.variable)))
        });
        if reads != own + 1 {
            return None;
        }
        let mut holds = Holds::Nothing;
        let mut rewritten = items.to_vec();
        let mut out = Vec::new();
        let mut replaced: Vec<(usize, Vec<Statement>)> = Vec::new();
        let mut walk = Walk::default();
        for &k in &parts {
            let (statements, after) = match self.list {
                false => self.path(&items[k], &self.indices, holds, &mut walk)?,
                true => self.elements(&items[k], holds, &mut walk)?,
            };
            holds = after;
            replaced.push((k, statements));
        }
        // Reads in the parts are those of what is added to, and no others.
        if holds == Holds::Nothing || walk.used != own {
            return None;
        }
        let StatementKind::TargetPlus(e) = &items[at].kind else { return None };
        let rest: Vec<Statement> = without_term(e, term).into_iter().map(|e| add(e, items[at].span)).collect();
        for (k, s) in rewritten.drain(..).enumerate() {
            match replaced.iter().find(|(part, _)| *part == k) {
                Some((_, statements)) => out.extend(statements.iter().cloned()),
                None if k == at => out.extend(rest.iter().cloned()),
                None => out.push(s),
            }
        }
        Some(out)
    }

    /// A statement with its terms added to `target`, given what `variable[indices]` holds before it; and what it holds afterwards.
    fn path(&self, s: &Statement, indices: &[Expr], holds: Holds, walk: &mut Walk) -> Option<(Vec<Statement>, Holds)> {
        if assigned(s, self.variable) == 0 {
            return Some((vec![s.clone()], holds));
        }
        let block = |items: Vec<Statement>| Box::new(Statement { kind: StatementKind::Block(items), span: s.span });
        match &s.kind {
            StatementKind::Declare(Declaration { initial: Some(value), .. }) if indices.is_empty() => {
                self.assigned(value, indices, holds, walk, s.span)
            }
            StatementKind::Assign { target, value } => {
                let own: Vec<Expr> = target_indices(target)?.iter().map(strip).collect();
                (own == indices).then(|| self.assigned(value, indices, holds, walk, s.span))?
            }
            StatementKind::Block(items) => {
                let (mut out, mut holds) = (Vec::new(), holds);
                for s in items {
                    let (statements, after) = self.path(s, indices, holds, walk)?;
                    out.extend(statements);
                    holds = after;
                }
                Some((out, holds))
            }
            StatementKind::If { condition, then, otherwise } => {
                let (then, after) = self.path(then, indices, holds, walk)?;
                let (otherwise, other) = match otherwise {
                    Some(s) => self.path(s, indices, holds, walk)?,
                    None => (Vec::new(), holds),
                };
                // A side without a first value leaves it without one.
                if (after == Holds::Nothing) != (other == Holds::Nothing) {
                    return None;
                }
                let otherwise = (!otherwise.is_empty()).then(|| block(otherwise));
                let kind = StatementKind::If { condition: condition.clone(), then: block(then), otherwise };
                let holds = if after == other { after } else { Holds::Terms };
                Some((vec![Statement { kind, span: s.span }], holds))
            }
            StatementKind::For { variable, lower, upper, body } => {
                // What the last turn left is kept: each turn adds to it.
                let start = if holds == Holds::Nothing { return None } else { Holds::Terms };
                let (body, _) = self.path(body, indices, start, walk)?;
                let (variable, lower, upper) = (*variable, lower.clone(), upper.clone());
                let kind = StatementKind::For { variable, lower, upper, body: block(body) };
                Some((vec![Statement { kind, span: s.span }], Holds::Terms))
            }
            StatementKind::ForEach { variable, range, body } => {
                let start = if holds == Holds::Nothing { return None } else { Holds::Terms };
                let (body, _) = self.path(body, indices, start, walk)?;
                let kind = StatementKind::ForEach { variable: *variable, range: range.clone(), body: block(body) };
                Some((vec![Statement { kind, span: s.span }], Holds::Terms))
            }
            _ => None,
        }
    }

    /// What an assignment adds, and what is held after it.
    fn assigned(
        &self,
        value: &Expr,
        indices: &[Expr],
        holds: Holds,
        walk: &mut Walk,
        span: Span,
    ) -> Option<(Vec<Statement>, Holds)> {
        let is_self = |e: &Expr| {
            element(e).is_some_and(|(v, own)| v == self.variable && own.iter().map(strip).eq(indices.iter().cloned()))
        };
        let (own, added): (Vec<_>, Vec<_>) =
            terms(value).into_iter().partition(|(e, negative)| !negative && is_self(e));
        if added.iter().any(|(e, _)| super::components::mentions(e, self.variable)) {
            return None;
        }
        match (own.len(), holds) {
            (1, Holds::Zero | Holds::Some | Holds::Terms) => walk.used += 1,
            (0, Holds::Nothing | Holds::Zero) => {}
            _ => return None,
        }
        let zero = own.is_empty() && added.iter().all(|(e, _)| constant(e) == Some(0.0));
        let statements: Vec<Statement> = added
            .into_iter()
            .filter(|(e, _)| constant(e) != Some(0.0))
            .map(|(e, negative)| add(if negative { negated(e) } else { e }, span))
            .collect();
        Some((statements, if zero { Holds::Zero } else { Holds::Terms }))
    }

    /// As [`Sum::path`], for all elements of the list.
    fn elements(&self, s: &Statement, holds: Holds, walk: &mut Walk) -> Option<(Vec<Statement>, Holds)> {
        let whole = |value: &Expr, holds: Holds| -> Option<(Vec<Statement>, Holds)> {
            if holds != Holds::Nothing || super::components::mentions(value, self.variable) {
                return None;
            }
            let filled = match &value.kind {
                ExprKind::Call { callee: Callee::Library(name), arguments } if name.starts_with("rep_") => {
                    arguments.first()
                }
                _ => None,
            };
            match filled.and_then(constant) == Some(0.0) {
                true => Some((Vec::new(), Holds::Zero)),
                false => Some((vec![add(typed::call("sum", vec![value.clone()], Type::Real), s.span)], Holds::Terms)),
            }
        };
        match &s.kind {
            StatementKind::Declare(Declaration { initial: Some(value), .. }) => whole(value, holds),
            StatementKind::Assign { target, value } => {
                let indices: Vec<Expr> = target_indices(target)?.iter().map(strip).collect();
                if indices == self.indices {
                    return whole(value, holds);
                }
                if self.adds_to(value, &indices) {
                    let (statements, _) = self.assigned(value, &indices, holds, walk, s.span)?;
                    return Some((statements, holds));
                }
                // One element by its number, for the first time.
                let [Expr { kind: ExprKind::Int(number), .. }] = indices[..] else { return None };
                if holds == Holds::Terms || !self.indices.is_empty() || walk.numbers.contains(&number) {
                    return None;
                }
                walk.numbers.push(number);
                let (statements, _) = self.assigned(value, &indices, Holds::Nothing, walk, s.span)?;
                Some((statements, Holds::Some))
            }
            _ => {
                let indices = self.indices_in(s)?;
                let swept = self.indices.len()..indices.len();
                let mut loops: Vec<VarId> = Vec::new();
                for i in &indices[swept] {
                    match i.kind {
                        ExprKind::Variable(v) if !loops.contains(&v) => loops.push(v),
                        _ => loops.clear(),
                    }
                }
                let free = indices.len() - self.indices.len();
                let start = if holds == Holds::Some { Holds::Nothing } else { holds };
                let fresh = match (holds, &s.kind) {
                    (Holds::Terms, _) => false,
                    (Holds::Some, StatementKind::For { lower: Expr { kind: ExprKind::Int(lower), .. }, .. }) => {
                        walk.numbers.iter().all(|n| n < lower)
                    }
                    (Holds::Some, _) => false,
                    _ => true,
                };
                if fresh && loops.len() == free && free > 0 && indices.starts_with(&self.indices) {
                    let before = walk.used;
                    if let Some(statements) = self.swept(s, &indices, &loops, start, walk) {
                        return Some((statements, Holds::Terms));
                    }
                    walk.used = before;
                }
                // Only additions to what is there.
                if holds == Holds::Nothing {
                    return None;
                }
                self.path_any(s, walk).map(|statements| (statements, Holds::Terms))
            }
        }
    }

    fn adds_to(&self, value: &Expr, indices: &[Expr]) -> bool {
        terms(value).iter().any(|(e, negative)| {
            !negative
                && element(e)
                    .is_some_and(|(v, own)| v == self.variable && own.iter().map(strip).eq(indices.iter().cloned()))
        })
    }

    /// The indices by which all assignments in a statement reach the list.
    fn indices_in(&self, s: &Statement) -> Option<Vec<Expr>> {
        let mut all: Vec<Option<Vec<Expr>>> = Vec::new();
        s.for_each(&mut |s| {
            if let StatementKind::Assign { target, .. } = &s.kind
                && target.variable == self.variable
            {
                all.push(target_indices(target).map(|i| i.iter().map(strip).collect()));
            }
        });
        let first = all.first()?.clone()?;
        all.into_iter().all(|i| i.as_ref() == Some(&first)).then_some(first)
    }

    /// Loops over all indexes of an element, in whose innermost body it is one variable.
    fn swept(
        &self,
        s: &Statement,
        indices: &[Expr],
        left: &[VarId],
        holds: Holds,
        walk: &mut Walk,
    ) -> Option<Vec<Statement>> {
        if left.is_empty() {
            return self
                .path(s, indices, holds, walk)
                .map(|(statements, after)| (after != Holds::Nothing).then_some(statements))?;
        }
        let block = |items: Vec<Statement>| Box::new(Statement { kind: StatementKind::Block(items), span: s.span });
        match &s.kind {
            StatementKind::For { variable, lower, upper, body } if left.contains(variable) => {
                let left: Vec<VarId> = left.iter().copied().filter(|v| v != variable).collect();
                let body = self.swept(body, indices, &left, holds, walk)?;
                let (variable, lower, upper) = (*variable, lower.clone(), upper.clone());
                Some(vec![Statement {
                    kind: StatementKind::For { variable, lower, upper, body: block(body) },
                    span: s.span,
                }])
            }
            StatementKind::Block(items) => {
                if items.iter().filter(|s| assigned(s, self.variable) > 0).count() != 1 {
                    return None;
                }
                let mut out = Vec::new();
                for s in items {
                    match assigned(s, self.variable) {
                        0 => out.push(s.clone()),
                        _ => out.extend(self.swept(s, indices, left, holds, walk)?),
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }

    /// A statement in which whatever is assigned is added to what is there.
    fn path_any(&self, s: &Statement, walk: &mut Walk) -> Option<Vec<Statement>> {
        let indices = self.indices_in(s)?;
        self.path(s, &indices, Holds::Terms, walk).map(|(statements, _)| statements)
    }
}

fn add(e: Expr, span: Span) -> Statement {
    Statement { kind: StatementKind::TargetPlus(e), span }
}

/// The terms of a sum but for one.
fn without_term(e: &Expr, term: &Expr) -> Option<Expr> {
    let mut left = terms(e);
    let at = left.iter().position(|(t, negative)| !negative && t == term)?;
    left.remove(at);
    let signed = left.into_iter().map(|(e, negative)| if negative { negated(e) } else { e }).collect::<Vec<_>>();
    (!signed.is_empty()).then(|| super::components::sum(signed))
}

/// Whether a statement may leave the list that it stands in.
fn leaves(s: &Statement) -> bool {
    match &s.kind {
        StatementKind::Break | StatementKind::Continue | StatementKind::Return(_) => true,
        StatementKind::Block(items) | StatementKind::Profile { body: items, .. } => items.iter().any(leaves),
        StatementKind::If { then, otherwise, .. } => leaves(then) || otherwise.as_deref().is_some_and(leaves),
        // Loops that are left early: terms inside are then not all reached, in either form.
        _ => false,
    }
}
