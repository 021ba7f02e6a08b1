//! Loops that feed each other, run as one: `for (t) s[t] = f(y[t - 1]); y ~ normal(0, s);` draws `y[t]` after `s[t]`, turn by turn.
//!
//! Proof: loops over the same indices may run as one if no turn of one reads what a later turn of another writes. That is checked index by
//! index: along the loop, each read in one loop of what another writes must be at the same or an earlier index.

use super::Text;
use super::coverage::mentions;
use super::order::for_each_read;
use super::rewrites::slices::turn_at;
use crate::affine::difference;
use crate::build::typed;
use crate::place::Place;
use crate::pointwise::{is_list, typed_element};
use crate::step::{Draw, Step, Uses};
use ppl_grammar::ast;
use ppl_program::typed::*;
use std::collections::BTreeSet;

/// A loop, or a statement about a list as a loop over its elements.
struct Member {
    /// Its own loop variable, if it has one.
    variable: Option<VarId>,
    lower: Expr,
    upper: Expr,
    body: Vec<Step>,
}

/// One loop for all of these; `None` where that is not known to be right.
pub fn fuse(text: &mut Text, members: Vec<Step>) -> Option<Step> {
    if members.len() < 2 {
        return None;
    }
    let (variable, header) = members.iter().find_map(loop_header)?;
    let members: Vec<Member> = members.into_iter().map(|s| member(text, s, variable)).collect::<Option<_>>()?;
    let name = common_name(text, &members, variable);
    for own in members.iter().filter_map(|m| m.variable) {
        text.rename_loop(own, &name);
    }
    if !in_step(text, &members, &name) {
        return None;
    }
    let end = |pick: fn(&Member) -> &Expr, better: fn(i64) -> bool| -> Option<Expr> {
        let mut best = pick(&members[0]).clone();
        for m in &members[1..] {
            let given = text.given();
            if better(difference(&given.expr(pick(m)), &given.expr(&best))?) {
                best = pick(m).clone();
            }
        }
        Some(best)
    };
    let (lower, upper) = (end(|m| &m.lower, |d| d < 0)?, end(|m| &m.upper, |d| d > 0)?);
    let mut body = Vec::new();
    for m in members {
        let same = |a: &Expr, b: &Expr| difference(&text.given().expr(a), &text.given().expr(b)) == Some(0);
        let index = || typed::expr(ExprKind::Variable(variable), Type::Int, Level::Data, header.span);
        let compare = |op, bound: &Expr| Expr { ty: Type::Int, ..typed::binary(op, index(), bound.clone()) };
        let condition = match (same(&m.lower, &lower), same(&m.upper, &upper)) {
            (true, true) => None,
            (false, true) => Some(compare(Operator::GreaterEquals, &m.lower)),
            (true, false) => Some(compare(Operator::LessEquals, &m.upper)),
            (false, false) => {
                let (a, b) = (compare(Operator::GreaterEquals, &m.lower), compare(Operator::LessEquals, &m.upper));
                Some(typed::expr(ExprKind::And(Box::new(a), Box::new(b)), Type::Int, Level::Data, header.span))
            }
        };
        match condition {
            None => body.extend(m.body),
            Some(condition) => {
                // One branch a step, so that they can be ordered one by one.
                body.extend(m.body.into_iter().map(|step| Step::Branch {
                    condition: condition.clone(),
                    span: step.span(),
                    then: vec![step],
                    otherwise: Vec::new(),
                }));
            }
        }
    }
    let skip = Box::new(Statement { kind: StatementKind::Skip, span: header.span });
    let kind = StatementKind::For { variable, lower, upper, body: skip };
    Some(Step::Loop { header: Statement { kind, span: header.span }, body })
}

fn loop_header(step: &Step) -> Option<(VarId, Statement)> {
    let (Step::Loop { header: statement, .. } | Step::Plain(statement)) = step else { return None };
    match &statement.kind {
        StatementKind::For { variable, .. } => Some((*variable, statement.clone())),
        _ => None,
    }
}

fn member(text: &Text, step: Step, variable: VarId) -> Option<Member> {
    match step {
        Step::Loop { header, body } => match header.kind {
            StatementKind::For { variable, lower, upper, .. } => {
                Some(Member { variable: Some(variable), lower, upper, body })
            }
            _ => None,
        },
        Step::Plain(Statement { kind: StatementKind::For { variable, lower, upper, body }, .. }) => {
            let body = match body.kind {
                StatementKind::Block(statements) => statements,
                _ => vec![*body],
            };
            let body = body.into_iter().map(loop_or_plain).collect();
            Some(Member { variable: Some(variable), lower, upper, body })
        }
        Step::Draw(draw) => {
            let (lower, upper) = draw.place.range(&text.sizes(draw.place.variable))?;
            let one = element(text, &draw, variable, &lower)?;
            Some(Member { variable: None, lower, upper, body: vec![Step::Draw(one)] })
        }
        _ => None,
    }
}

/// A loop without densities as a loop of steps, so that loops inside it can be fused in turn.
pub fn loop_or_plain(statement: Statement) -> Step {
    match &statement.kind {
        StatementKind::For { body, .. } => {
            let statements = match &body.kind {
                StatementKind::Block(statements) => statements.clone(),
                _ => vec![(**body).clone()],
            };
            let mut header = statement.clone();
            if let StatementKind::For { body, .. } = &mut header.kind {
                **body = Statement { kind: StatementKind::Skip, span: statement.span };
            }
            Step::Loop { header, body: statements.into_iter().map(loop_or_plain).collect() }
        }
        _ => Step::Plain(statement),
    }
}

/// Element `variable` of a draw of a list of numbers, which begins at `first`.
fn element(text: &Text, draw: &Draw, variable: VarId, first: &Expr) -> Option<Draw> {
    let Callee::Distribution { family, .. } = &draw.density else { return None };
    let declaration = ppl_runtime::catalogue::family(family)?;
    let univariate = declaration.rng.contains("numbers") || declaration.rng.contains("ints") || family == "std_normal";
    if !univariate || draw.truncation.is_some() || !draw.place.seen_through.is_empty() || !is_list(&draw.outcome.ty) {
        return None;
    }
    let turn = typed::expr(ExprKind::Variable(variable), Type::Int, Level::Data, draw.span);
    let at = |e: &Expr| typed_element(e, &|start| turn_at(&text.given(), &turn, first, start));
    let arguments: Vec<Expr> = draw.arguments.iter().map(at).collect();
    let outcome = at(&draw.outcome);
    Some(Draw { place: Place::of(&outcome)?, outcome, arguments, ..draw.clone() })
}

/// A name for the loop variable that no loop inside a member has.
fn common_name(text: &mut Text, members: &[Member], variable: VarId) -> String {
    let wish = text.name(variable).to_string();
    let mut inner = Vec::new();
    for m in members {
        for step in &m.body {
            step.for_each(&mut |s| match s {
                Step::Loop { header, .. } | Step::Plain(header) => crate::unparse::declared(header, &mut inner),
                _ => {}
            });
        }
    }
    match inner.iter().any(|v| text.name(*v) == wish) {
        true => text.fresh(&wish),
        false => wish,
    }
}

/// Whether every read in one member of what another writes is of the same or an earlier turn.
fn in_step(text: &Text, members: &[Member], name: &str) -> bool {
    let written: Vec<Vec<(VarId, Vec<Index>)>> = members.iter().map(|m| writes(&m.body)).collect();
    let local: BTreeSet<VarId> = members.iter().flat_map(|m| Uses::of_all(&m.body).declares).collect();
    for (reader, m) in members.iter().enumerate() {
        for (writer, writes) in written.iter().enumerate() {
            if reader == writer {
                continue;
            }
            for (variable, indices) in writes.iter().filter(|(v, _)| !local.contains(v)) {
                let mut right = true;
                for step in &m.body {
                    for_each_read(step, *variable, &mut |read| {
                        right &= read.is_some_and(|read| not_later(text, read, indices, name));
                    });
                }
                if !right {
                    return false;
                }
            }
        }
    }
    true
}

/// What steps assign and draw, with the indices.
pub fn writes(steps: &[Step]) -> Vec<(VarId, Vec<Index>)> {
    let mut out: Vec<(VarId, Vec<Index>)> = Vec::new();
    for step in steps {
        step.for_each(&mut |s| match s {
            Step::Plain(statement) => statement.for_each(&mut |inner| match &inner.kind {
                StatementKind::Assign { target, .. } => out.push(written(target)),
                StatementKind::AssignTuple { targets, .. } => out.extend(targets.iter().map(written)),
                StatementKind::Declare(d) => out.push((d.variable, Vec::new())),
                _ => {}
            }),
            Step::Choose(choose) => out.push(written(&choose.target)),
            Step::Enumerate { steps, .. } => out.extend(writes(steps)),
            _ => {}
        });
        out.extend(step.places().into_iter().map(|p| (p.variable, p.indices().cloned().collect())));
    }
    out
}

fn written(target: &LValue) -> (VarId, Vec<Index>) {
    let path = target.path.iter().map(|access| match access {
        Access::Index(indices) => indices.clone(),
        Access::Project(_) => Vec::new(),
    });
    (target.variable, path.flatten().collect())
}

/// Along the loop, the read index is at most the written one.
fn not_later(text: &Text, read: &[Index], written: &[Index], name: &str) -> bool {
    let given = text.given();
    for (read, written) in read.iter().zip(written) {
        let Index::Single(written) = written else { continue };
        let written = given.expr(written);
        if !mentions(&written, name) {
            continue;
        }
        return match read {
            Index::Single(e) | Index::To(e) | Index::Between(_, e) => {
                let read: ast::Expr = given.expr(e);
                difference(&read, &written).is_some_and(|d| d <= 0)
            }
            _ => false,
        };
    }
    false
}
