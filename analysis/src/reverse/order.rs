//! In which order the steps run, so that everything is drawn before it is used.

use super::coverage::{Loops, Range, Region};
use super::fuse::{fuse, loop_or_plain, writes};
use super::{Findings, Note, Text};
use crate::affine::difference;
use crate::build;
use crate::place::Place;
use crate::step::{Step, Uses};
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The steps in an order in which they can run.
///
/// Loops that draw several things are taken apart where they stand in each other's way; loops that feed each other, turn by turn, run as
/// one. What is read at an index that cannot be compared may be drawn in the same turn; only if that has no order, it is left to binding.
///
/// # Errors
/// The step that needs what is drawn only later.
pub fn sort(text: &mut Text, steps: Vec<Step>) -> Result<Vec<Step>, Note> {
    let apart: Vec<Step> = steps.iter().cloned().flat_map(distribute).collect();
    let mut result = Err(Note::new(Span::default(), ""));
    for unknown in [Unknown::Now, Unknown::Earlier] {
        for fuse in [false, true] {
            for steps in [&steps, &apart] {
                let names = text.clone();
                result = sort_level(text, steps.clone(), At { in_loop: false, unknown, fuse });
                if result.is_ok() {
                    return result;
                }
                // Names that were changed for loops that run as one.
                *text = names;
            }
        }
    }
    result
}

/// What a read at an unknown index is taken for.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    Now,
    Earlier,
}

/// What is sorted, and how.
#[derive(Clone, Copy, PartialEq)]
struct At {
    in_loop: bool,
    unknown: Unknown,
    /// Whether loops that feed each other may run as one.
    fuse: bool,
}

/// Notes what cannot be ordered: on the parameters where they are part of it, on the observations otherwise.
pub fn check(text: &mut Text, steps: &[Step], findings: &mut Findings) {
    let directed: Vec<Step> = steps.iter().filter(|s| !matches!(s, Step::Factor(_))).cloned().collect();
    if let Err(note) = sort(text, directed) {
        let is_parameter = |v: &VarId| text.program().variable(*v).origin == Origin::Parameter;
        let observed: Vec<Step> = steps
            .iter()
            .filter(|s| !s.places().is_empty() || matches!(s, Step::Plain(_) | Step::Choose(_)))
            .cloned()
            .collect();
        let without_parameters =
            observed.into_iter().filter_map(|s| without(s, &|p: &Place| is_parameter(&p.variable))).collect();
        findings.undirected.push(note);
        if let Err(note) = sort(text, without_parameters) {
            findings.unsupported.push(note);
        }
    }
    conditions(text, steps, findings);
}

/// A step without the draws and factors that `drop` names; `None` where nothing is left.
pub fn without(step: Step, drop: &dyn Fn(&Place) -> bool) -> Option<Step> {
    match step {
        Step::Draw(ref draw) => (!drop(&draw.place)).then_some(step),
        Step::Mixture(ref mixture) => {
            let dropped = mixture.components.iter().flat_map(|c| &c.draws).any(|d| drop(&d.place));
            (!dropped).then_some(step)
        }
        Step::Enumerate { ref place, .. } => (!drop(place)).then_some(step),
        Step::Taken(ref taken) => (!drop(&taken.place)).then_some(step),
        Step::Censored(ref censored) => (!drop(&censored.draw.place)).then_some(step),
        Step::Loop { header, body } => {
            let body: Vec<Step> = body.into_iter().filter_map(|s| without(s, drop)).collect();
            (!body.is_empty()).then_some(Step::Loop { header, body })
        }
        Step::Branch { condition, then, otherwise, span } => {
            let then: Vec<Step> = then.into_iter().filter_map(|s| without(s, drop)).collect();
            let otherwise: Vec<Step> = otherwise.into_iter().filter_map(|s| without(s, drop)).collect();
            let empty = then.is_empty() && otherwise.is_empty();
            (!empty).then_some(Step::Branch { condition, then, otherwise, span })
        }
        Step::Factor(_) => None,
        other => Some(other),
    }
}

fn sort_level(text: &mut Text, steps: Vec<Step>, at: At) -> Result<Vec<Step>, Note> {
    let mut steps: Vec<Step> = steps.into_iter().map(|s| inside(text, s, at)).collect::<Result<_, _>>()?;
    let uses: Vec<Uses> = steps.iter().map(Uses::of).collect();
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    for i in 0..steps.len() {
        for j in i + 1..steps.len() {
            let (forward, backward) = edges(text, &steps, &uses, i, j, at);
            if forward {
                before[j].insert(i);
            }
            if backward {
                before[i].insert(j);
            }
        }
    }
    let mut order = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    while order.len() < steps.len() {
        let next = (0..steps.len()).find(|i| !done.contains(i) && before[*i].is_subset(&done));
        let Some(next) = next else {
            if at.fuse {
                let cycle = cycle(&before, &done);
                let members: Vec<Step> = cycle.iter().map(|i| steps[*i].clone()).collect();
                if let Some(fused) = fuse(text, members) {
                    let first = cycle.iter().next().copied().unwrap_or(0);
                    steps[first] = fused;
                    let rest = cycle.into_iter().filter(|i| *i != first).collect::<BTreeSet<usize>>();
                    let kept = steps.into_iter().enumerate().filter(|(i, _)| !rest.contains(i)).map(|(_, s)| s);
                    return sort_level(text, kept.collect(), at);
                }
            }
            let stuck = (0..steps.len()).find(|i| !done.contains(i) && !steps[*i].places().is_empty());
            let span = steps[stuck.unwrap_or(0)].span();
            return Err(Note::new(span, "this is drawn from what is itself drawn from it"));
        };
        done.insert(next);
        order.push(next);
    }
    let mut slots: Vec<Option<Step>> = steps.drain(..).map(Some).collect();
    Ok(order.into_iter().filter_map(|i| slots[i].take()).collect())
}

/// Steps that wait for each other: those that are reached from themselves, through what must come before.
fn cycle(before: &[BTreeSet<usize>], done: &BTreeSet<usize>) -> BTreeSet<usize> {
    let reached = |from: usize| {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<usize> = before[from].iter().copied().collect();
        while let Some(i) = stack.pop() {
            if !done.contains(&i) && seen.insert(i) {
                stack.extend(&before[i]);
            }
        }
        seen
    };
    let waiting = (0..before.len()).filter(|i| !done.contains(i));
    let Some(start) = waiting.into_iter().find(|i| reached(*i).contains(i)) else { return BTreeSet::new() };
    reached(start).into_iter().filter(|i| reached(*i).contains(&start)).collect()
}

fn inside(text: &mut Text, step: Step, at: At) -> Result<Step, Note> {
    Ok(match step {
        Step::Loop { header, body } => {
            let is_while = matches!(header.kind, StatementKind::While { .. });
            // A `while` depends on the order of its statements in ways that are not looked into.
            let body = if is_while { body } else { sort_level(text, body, At { in_loop: true, ..at })? };
            Step::Loop { header, body }
        }
        Step::Branch { condition, then, otherwise, span } => Step::Branch {
            condition,
            then: sort_level(text, then, at)?,
            otherwise: sort_level(text, otherwise, at)?,
            span,
        },
        other => other,
    })
}

/// Whether step i must come before j, and j before i (i stands first in the text).
fn edges(text: &Text, steps: &[Step], uses: &[Uses], i: usize, j: usize, at: At) -> (bool, bool) {
    let (a, b) = (&uses[i], &uses[j]);
    let draws_for = |from: &Step, drawn: &Uses, to: &Step, read: &Uses| {
        let now = |v: &VarId| match at.in_loop {
            false => !reads_earlier_elements(text, from, to, *v),
            true => reads_now(text, from, to, *v, at.unknown),
        };
        drawn.draws.intersection(&read.reads).any(now)
    };
    let mut forward = draws_for(&steps[i], a, &steps[j], b);
    let mut backward = draws_for(&steps[j], b, &steps[i], a);
    // Two parts of one variable that each use the variable: the order of the text.
    if forward && backward && a.draws.intersection(&b.draws).any(|v| a.reads.contains(v) && b.reads.contains(v)) {
        backward = false;
    }
    let computed = |x: &Uses, y: &Uses| {
        x.assigns.union(&x.declares).any(|v| y.assigns.contains(v) || y.declares.contains(v) || y.draws.contains(v))
    };
    // What a turn of a loop reads of earlier turns is there already.
    let read = |from: &Step, x: &Uses, to: &Step, y: &Uses| {
        let now = |v: &VarId| x.declares.contains(v) || !at.in_loop || reads_assigned_now(text, from, to, *v);
        x.assigns.union(&x.declares).filter(|v| y.reads.contains(v)).any(now)
    };
    forward |= computed(a, b) || computed(b, a);
    forward |= read(&steps[i], a, &steps[j], b) || read(&steps[j], b, &steps[i], a);
    (forward, backward)
}

/// Whether `to` reads only elements, by number, that stand before all that `from` draws of `variable`: `y[1]` is not among `y[2:T]`.
fn reads_earlier_elements(text: &Text, from: &Step, to: &Step, variable: VarId) -> bool {
    let mut firsts = Vec::new();
    first_drawn(text, from, variable, &mut Vec::new(), &mut firsts);
    let (mut earlier, mut seen) = (!firsts.is_empty(), false);
    for_each_read(to, variable, &mut |indices| {
        seen = true;
        let read = match indices.and_then(<[Index]>::first) {
            Some(Index::Single(e)) if matches!(e.kind, ExprKind::Int(_)) => Some(text.given().expr(e)),
            _ => None,
        };
        let before = |read: &ast::Expr, first: &Option<ast::Expr>| {
            first.as_ref().is_some_and(|first| difference(read, first).is_some_and(|d| d < 0))
        };
        earlier &= read.is_some_and(|read| firsts.iter().all(|first| before(&read, first)));
    });
    earlier && seen
}

/// Where the ranges start that a step draws of a variable; `None` where that is not known.
fn first_drawn<'s>(
    text: &Text,
    step: &'s Step,
    variable: VarId,
    loops: &mut Loops<'s>,
    out: &mut Vec<Option<ast::Expr>>,
) {
    match step {
        Step::Loop { header, body } => {
            loops.push(header);
            body.iter().for_each(|s| first_drawn(text, s, variable, loops, out));
            loops.pop();
        }
        Step::Branch { then, otherwise, .. } => {
            then.iter().chain(otherwise).for_each(|s| first_drawn(text, s, variable, loops, out));
        }
        _ => {
            for place in step.places().into_iter().filter(|p| p.variable == variable) {
                out.push(match Region::of(text, place, loops).ranges.first() {
                    Some(Range::Span(a, _)) => Some(a.clone()),
                    _ => None,
                });
            }
        }
    }
}

/// Whether `to` reads, in the same turn of the loop, what `from` draws of `variable`.
fn reads_now(text: &Text, from: &Step, to: &Step, variable: VarId, unknown: Unknown) -> bool {
    let places = from.places();
    // Loops inside run through all their turns: their variables say nothing about the order of the two steps.
    let inner: BTreeSet<VarId> = Uses::of(from).declares.union(&Uses::of(to).declares).copied().collect();
    let places: Vec<&&Place> = places.iter().filter(|p| p.variable == variable).collect();
    let mut now = false;
    for_each_read(to, variable, &mut |indices| {
        now |= places.iter().any(|place| match relation(text, indices, &place.indices().collect::<Vec<_>>(), &inner) {
            Some(Ordering::Less) => false,
            Some(_) => true,
            None => unknown == Unknown::Now,
        });
    });
    now
}

/// Whether `to` reads what `from` assigns to `variable` in the same turn of the loop, or may do so.
fn reads_assigned_now(text: &Text, from: &Step, to: &Step, variable: VarId) -> bool {
    let inner: BTreeSet<VarId> = Uses::of(from).declares.union(&Uses::of(to).declares).copied().collect();
    let written: Vec<Vec<Index>> =
        writes(std::slice::from_ref(from)).into_iter().filter(|(v, _)| *v == variable).map(|(_, i)| i).collect();
    let mut now = written.is_empty();
    for_each_read(to, variable, &mut |read| {
        now |= written
            .iter()
            .any(|indices| relation(text, read, &indices.iter().collect::<Vec<_>>(), &inner) != Some(Ordering::Less));
    });
    now
}

/// Where a read stands to a drawn element: before it, the same, after it; `None` where that is not known.
fn relation(text: &Text, read: Option<&[Index]>, drawn: &[&Index], inner: &BTreeSet<VarId>) -> Option<Ordering> {
    let moves = |index: &Index| {
        let mut found = false;
        index.for_each(&mut |e| found |= matches!(e.kind, ExprKind::Variable(v) if inner.contains(&v)));
        found
    };
    let unparse = text.given();
    let mut result = Some(Ordering::Equal);
    for (index, drawn) in read?.iter().zip(drawn) {
        if moves(index) || moves(drawn) {
            result = None;
            continue;
        }
        let Index::Single(drawn) = drawn else { continue };
        let drawn = unparse.expr(drawn);
        let one = match index {
            Index::Single(e) => difference(&unparse.expr(e), &drawn).map(|d| d.cmp(&0)),
            Index::To(e) | Index::Between(_, e) => {
                let d = difference(&unparse.expr(e), &drawn)?;
                (d < 0).then_some(Ordering::Less)
            }
            _ => None,
        };
        match one {
            // One index that differs decides.
            Some(Ordering::Less) => return Some(Ordering::Less),
            Some(Ordering::Greater) => return Some(Ordering::Greater),
            Some(Ordering::Equal) => {}
            None => result = None,
        }
    }
    result
}

/// Visits the indices of each read of a variable; `None` for a read of all of it.
pub fn for_each_read(step: &Step, variable: VarId, visit: &mut dyn FnMut(Option<&[Index]>)) {
    let mut exprs: Vec<&Expr> = Vec::new();
    let mut statements: Vec<&Statement> = Vec::new();
    let mut inside: Vec<&Step> = Vec::new();
    step.for_each(&mut |s| match s {
        Step::Plain(statement) => statements.push(statement),
        Step::Factor(f) => match &f.term {
            Some(term) => exprs.push(term),
            None => statements.push(&f.statement),
        },
        Step::Draw(draw) => exprs.extend(expressions(draw)),
        Step::Mixture(m) => {
            for component in &m.components {
                exprs.extend(&component.log_weight);
                component.draws.iter().for_each(|d| exprs.extend(expressions(d)));
            }
        }
        Step::Loop { header, .. } => statements.push(header),
        Step::Branch { condition, .. } => exprs.push(condition),
        Step::Enumerate { steps, .. } => inside.extend(steps),
        Step::Taken(taken) => exprs.push(&taken.value),
        Step::Censored(censored) => {
            exprs.extend(expressions(&censored.draw));
            // Its own values in conditions and sets are the given ones.
            if !censored.is_drawn(variable) {
                exprs.extend(censored.expressions());
            }
        }
        Step::Made(_) | Step::Choose(_) => {}
    });
    inside.into_iter().for_each(|s| for_each_read(s, variable, visit));
    for e in exprs {
        reads_in(e, variable, visit);
    }
    for statement in statements {
        // A node visitor sees an index and then its base; only outermost expressions are wanted.
        statement.for_each_expr(&mut |e| {
            if let ExprKind::Index { base, indices } = &e.kind
                && base.kind == ExprKind::Variable(variable)
            {
                visit(Some(indices));
            }
        });
        let mut bare = 0;
        statement.for_each_expr(&mut |e| match &e.kind {
            ExprKind::Variable(v) if *v == variable => bare += 1,
            ExprKind::Index { base, .. } if base.kind == ExprKind::Variable(variable) => bare -= 1,
            _ => {}
        });
        if bare > 0 {
            visit(None);
        }
    }
}

fn expressions(draw: &crate::step::Draw) -> Vec<&Expr> {
    let mut out: Vec<&Expr> = draw.arguments.iter().collect();
    if let Some(t) = &draw.truncation {
        out.extend(t.lower.iter().chain(&t.upper));
    }
    out.extend(draw.place.shifts());
    for index in draw.place.indices() {
        match index {
            Index::All => {}
            Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => out.push(e),
            Index::Between(a, b) => out.extend([a, b]),
        }
    }
    out
}

fn reads_in(e: &Expr, variable: VarId, visit: &mut dyn FnMut(Option<&[Index]>)) {
    let mut indexed = 0i32;
    let mut all = 0i32;
    e.for_each(&mut |e| match &e.kind {
        ExprKind::Index { base, indices } if base.kind == ExprKind::Variable(variable) => {
            indexed += 1;
            visit(Some(indices));
        }
        ExprKind::Variable(v) if *v == variable => all += 1,
        _ => {}
    });
    if all > indexed {
        visit(None);
    }
}

/// What binding must decide: that an element is drawn before it is used by others of the same variable. What reads all of its own
/// variable, or what is drawn with it, has no order.
fn conditions(text: &Text, steps: &[Step], findings: &mut Findings) {
    for step in steps {
        step.for_each(&mut |s| {
            for draw in s.draws() {
                let variable = draw.place.variable;
                let (mut unknown, mut never) = (false, false);
                for e in expressions(draw) {
                    reads_in(e, variable, &mut |indices| match before_drawn(text, indices, &draw.place) {
                        Some(true) => {}
                        Some(false) => never = true,
                        None => unknown = true,
                    });
                }
                let name = &text.program().variable(variable).name;
                if never {
                    let note = Note::new(draw.span, format!("`{name}` is drawn from itself"));
                    match text.program().variable(variable).origin {
                        Origin::Parameter => findings.undirected.push(note),
                        _ => findings.unsupported.push(note),
                    }
                } else if unknown {
                    findings.condition(format!("elements of `{name}` are drawn before others use them"));
                }
            }
        });
    }
}

/// Whether what is read of a variable stands before what is drawn of it; `None` where that is not known.
fn before_drawn(text: &Text, read: Option<&[Index]>, place: &Place) -> Option<bool> {
    let Some(read) = read else { return Some(false) };
    if place.indices().all(|i| matches!(i, Index::Single(_))) {
        return relation(text, Some(read), &place.indices().collect::<Vec<_>>(), &BTreeSet::new())
            .map(|order| order == Ordering::Less);
    }
    let unparse = text.given();
    let mut result = Some(false);
    for (read, drawn) in read.iter().zip(place.indices()) {
        let first = match drawn {
            Index::Single(e) | Index::From(e) | Index::Between(e, _) => unparse.expr(e),
            Index::All | Index::To(_) => build::int(1),
            Index::Multi(_) => {
                result = None;
                continue;
            }
        };
        let last = match read {
            Index::Single(e) | Index::To(e) | Index::Between(_, e) => unparse.expr(e),
            _ => continue,
        };
        match difference(&last, &first) {
            Some(d) if d < 0 => return Some(true),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// One loop for each thing that a loop draws, with the computations that it needs.
fn distribute(step: Step) -> Vec<Step> {
    let step = match step {
        Step::Plain(statement) => loop_or_plain(statement),
        other => other,
    };
    let Step::Loop { header, body } = step else { return vec![step] };
    if matches!(header.kind, StatementKind::While { .. }) {
        return vec![Step::Loop { header, body }];
    }
    let body: Vec<Step> = body.into_iter().flat_map(distribute).collect();
    let uses: Vec<Uses> = body.iter().map(Uses::of).collect();
    let local: BTreeSet<VarId> = uses.iter().flat_map(|u| u.declares.iter().copied()).collect();
    let wanted = |u: &Uses| !u.draws.is_empty() || u.assigns.iter().any(|v| !local.contains(v));
    let roots: Vec<usize> = (0..body.len()).filter(|&k| wanted(&uses[k])).collect();
    if roots.len() < 2 {
        return vec![Step::Loop { header, body }];
    }
    let slice = |root: usize| {
        let mut needed: BTreeSet<VarId> = uses[root].reads.intersection(&local).copied().collect();
        let mut kept = BTreeSet::from([root]);
        loop {
            let before = kept.len();
            for (k, one) in uses.iter().enumerate() {
                let gives = one.assigns.union(&one.declares).any(|v| needed.contains(v));
                if gives && one.draws.is_empty() && kept.insert(k) {
                    needed.extend(one.reads.intersection(&local));
                }
            }
            if kept.len() == before {
                break;
            }
        }
        Step::Loop { header: header.clone(), body: kept.into_iter().map(|k| body[k].clone()).collect() }
    };
    roots.into_iter().map(slice).collect()
}
