//! Terms of `target` that data choose between, as branches: `c ? a : b`, and `d * a + (1 - d) * b` for an indicator d.
//!
//! Proof: a conditional expression has the value of the side that its condition takes, and so has what is added. For d in {0, 1},
//! `d * a` is a where d is 1 and nothing where it is 0 (the program has no density where the other factor is infinite); `1 - d` is
//! the indicator of the other case. That d is 0 or 1 is what its declaration says.

use super::Findings;
use super::components::{declared, element};
use crate::build::typed;
use crate::collect::terms;
use crate::support::{constant, strip};
use ppl_program::typed::*;

pub fn apply(program: &mut Program, findings: &mut Findings) {
    let model = std::mem::take(&mut program.model);
    let mut found = false;
    program.model = model.into_iter().flat_map(|s| statement(program, s, &mut found)).collect();
    if found {
        findings.rewrite("terms_by_branches");
    }
}

fn statement(program: &Program, s: Statement, found: &mut bool) -> Vec<Statement> {
    let span = s.span;
    let inner = |s: Statement, found: &mut bool| {
        let mut items = statement(program, s, found);
        Box::new(match items.len() {
            1 => items.remove(0),
            _ => Statement { kind: StatementKind::Block(items), span },
        })
    };
    let kind = match s.kind {
        StatementKind::Block(items) => {
            StatementKind::Block(items.into_iter().flat_map(|s| statement(program, s, found)).collect())
        }
        StatementKind::For { variable, lower, upper, body } => {
            StatementKind::For { variable, lower, upper, body: inner(*body, found) }
        }
        StatementKind::ForEach { variable, range, body } => {
            StatementKind::ForEach { variable, range, body: inner(*body, found) }
        }
        StatementKind::If { condition, then, otherwise } => {
            StatementKind::If { condition, then: inner(*then, found), otherwise: otherwise.map(|s| inner(*s, found)) }
        }
        StatementKind::TargetPlus(e) => {
            let parts = terms(&e);
            let chosen: Vec<Option<Chosen>> =
                parts.iter().map(|(term, negative)| Chosen::of(program, term, *negative)).collect();
            if chosen.iter().all(Option::is_none) {
                return vec![Statement { kind: StatementKind::TargetPlus(e), span }];
            }
            *found = true;
            return written(program, parts, chosen, span, found);
        }
        other => other,
    };
    vec![Statement { kind, span }]
}

/// A term that is there under a condition, and perhaps another where it does not hold.
struct Chosen {
    condition: Expr,
    then: Option<Expr>,
    otherwise: Option<Expr>,
}

impl Chosen {
    fn of(program: &Program, term: &Expr, negative: bool) -> Option<Chosen> {
        if negative || !term.ty.is_real_scalar() {
            return None;
        }
        match &term.kind {
            ExprKind::Promote(inner) => Chosen::of(program, inner, negative),
            ExprKind::Ternary { condition, then, otherwise } if holds_density(term) => Some(Chosen {
                condition: (**condition).clone(),
                then: Some((**then).clone()),
                otherwise: Some((**otherwise).clone()),
            }),
            ExprKind::Call { callee: Callee::Operator(Operator::Times | Operator::EltTimes), arguments } => {
                let [a, b] = arguments.as_slice() else { return None };
                let (indicator, value) = if holds_density(b) { (a, b) } else { (b, a) };
                if !holds_density(value) {
                    return None;
                }
                let (d, complement) = indicator_of(program, indicator)?;
                let one = Expr { ty: Type::Int, ..typed::binary(Operator::Equals, d, typed::int(1)) };
                let value = Some(value.clone());
                let (then, otherwise) = if complement { (None, value) } else { (value, None) };
                Some(Chosen { condition: one, then, otherwise })
            }
            _ => None,
        }
    }
}

/// Whether there is a density, or a probability of a tail, in an expression.
fn holds_density(e: &Expr) -> bool {
    let mut found = false;
    e.for_each(&mut |e| {
        if let ExprKind::Call { callee: Callee::Distribution { form, .. } | Callee::User { form, .. }, .. } = &e.kind {
            found |= matches!(form, Form::Log | Form::LogUnnormalised | Form::Lcdf | Form::Lccdf | Form::Cdf);
        }
    });
    found
}

/// The integer that is 0 or 1, and whether the expression is its complement.
fn indicator_of(program: &Program, e: &Expr) -> Option<(Expr, bool)> {
    let e = match &e.kind {
        ExprKind::Promote(inner) => inner,
        _ => e,
    };
    if let ExprKind::Call { callee: Callee::Operator(Operator::Minus), arguments } = &e.kind
        && let [one, d] = arguments.as_slice()
        && constant(one) == Some(1.0)
    {
        return indicator_of(program, d).filter(|(_, complement)| !complement).map(|(d, _)| (d, true));
    }
    let (v, _) = element(e)?;
    let bounds = crate::support::bounds(crate::reverse::constraint(declared(program, v)?))?;
    let end = |bound: Option<Expr>| bound.as_ref().and_then(constant);
    let is_indicator = e.ty == Type::Int && end(bounds.lower) == Some(0.0) && end(bounds.upper) == Some(1.0);
    is_indicator.then(|| (e.clone(), false))
}

/// Terms as statements; those that the same condition chooses stand in one branch.
fn written(
    program: &Program,
    parts: Vec<(Expr, bool)>,
    chosen: Vec<Option<Chosen>>,
    span: ppl_grammar::span::Span,
    found: &mut bool,
) -> Vec<Statement> {
    let add = |e: Expr| Statement { kind: StatementKind::TargetPlus(e), span };
    let mut out = Vec::new();
    let mut branches: Vec<(Expr, Vec<Statement>, Vec<Statement>)> = Vec::new();
    for ((term, negative), chosen) in parts.into_iter().zip(chosen) {
        let Some(chosen) = chosen else {
            out.push(add(if negative { super::components::negated(term) } else { term }));
            continue;
        };
        let at = branches.iter().position(|(c, ..)| strip(c) == strip(&chosen.condition)).unwrap_or_else(|| {
            branches.push((chosen.condition.clone(), Vec::new(), Vec::new()));
            branches.len() - 1
        });
        let side = |e: Option<Expr>, found: &mut bool| e.map_or_else(Vec::new, |e| statement(program, add(e), found));
        branches[at].1.extend(side(chosen.then, found));
        branches[at].2.extend(side(chosen.otherwise, found));
    }
    let block = |items: Vec<Statement>| Box::new(Statement { kind: StatementKind::Block(items), span });
    for (condition, then, otherwise) in branches {
        let otherwise = (!otherwise.is_empty()).then(|| block(otherwise));
        let kind = StatementKind::If { condition, then: block(then), otherwise };
        out.push(Statement { kind, span });
    }
    out
}
