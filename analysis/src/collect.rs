//! From statements to steps: `~` and `target +=` are taken apart into densities of places and other factors.

use crate::place::Place;
use crate::step::{Component, Draw, Factor, Mixture, Step};
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// The steps of some statements.
pub fn steps(program: &Program, statements: &[Statement]) -> Vec<Step> {
    let mut out = Vec::new();
    statements.iter().for_each(|s| step(program, s, &mut out));
    out
}

fn body(program: &Program, statement: &Statement) -> Vec<Step> {
    match &statement.kind {
        StatementKind::Block(inner) | StatementKind::Profile { body: inner, .. } => steps(program, inner),
        _ => steps(program, std::slice::from_ref(statement)),
    }
}

fn step(program: &Program, s: &Statement, out: &mut Vec<Step>) {
    if !changes_target(program, s) {
        return out.push(Step::Plain(s.clone()));
    }
    match &s.kind {
        StatementKind::Tilde { density, outcome, arguments, truncation } => {
            let draw = drawable(program, outcome).map(|place| Draw {
                place,
                outcome: outcome.clone(),
                density: density.clone(),
                arguments: arguments.clone(),
                truncation: truncation.clone(),
                span: s.span,
            });
            match (draw, truncation) {
                (Some(draw), _) => out.push(Step::Draw(draw)),
                (None, None) => {
                    let arguments = std::iter::once(outcome).chain(arguments).cloned().collect();
                    let kind = ExprKind::Call { callee: density.clone(), arguments };
                    let term = Expr { kind, ty: Type::Real, level: Level::Parameter, span: s.span };
                    out.push(Step::Factor(Factor { term: Some(term), statement: s.clone(), negative: false }));
                }
                (None, Some(_)) => out.push(opaque(s)),
            }
        }
        StatementKind::TargetPlus(e) => {
            for (term, negative) in terms(e) {
                out.push(target_term(program, term, negative, s));
            }
        }
        StatementKind::For { body: inner, .. }
        | StatementKind::ForEach { body: inner, .. }
        | StatementKind::While { body: inner, .. } => {
            out.push(Step::Loop { header: without_body(s), body: body(program, inner) });
        }
        StatementKind::If { condition, then, otherwise } => out.push(Step::Branch {
            condition: condition.clone(),
            then: body(program, then),
            otherwise: otherwise.as_ref().map_or_else(Vec::new, |s| body(program, s)),
            span: s.span,
        }),
        StatementKind::Block(inner) | StatementKind::Profile { body: inner, .. } => {
            // Names are unique, so braces are not needed.
            out.extend(steps(program, inner));
        }
        _ => out.push(opaque(s)),
    }
}

fn opaque(s: &Statement) -> Step {
    Step::Factor(Factor { term: None, statement: s.clone(), negative: false })
}

/// A loop with an empty body.
fn without_body(s: &Statement) -> Statement {
    let mut s = s.clone();
    if let StatementKind::For { body, .. } | StatementKind::ForEach { body, .. } | StatementKind::While { body, .. } =
        &mut s.kind
    {
        **body = Statement { kind: StatementKind::Skip, span: body.span };
    }
    s
}

fn target_term(program: &Program, term: Expr, negative: bool, s: &Statement) -> Step {
    if !negative {
        if let Some(draw) = density_of(program, &term, s.span) {
            return Step::Draw(draw);
        }
        if let Some(mixture) = mixture(program, &term, s.span) {
            return Step::Mixture(mixture);
        }
    }
    Step::Factor(Factor { term: Some(term), statement: s.clone(), negative })
}

/// The place of an outcome that can be drawn: a part of a parameter, of data, or of what was computed from data.
fn drawable(program: &Program, outcome: &Expr) -> Option<Place> {
    let origin = |place: &Place| program.variable(place.variable).origin;
    // Only data are seen through a shift, and by what is not drawn with them.
    let shifted_well = |place: &Place| {
        place.shifts().next().is_none()
            || origin(place) != Origin::Parameter
                && place.shifts().all(|by| {
                    let mut own = false;
                    by.for_each(&mut |e| own |= e.kind == ExprKind::Variable(place.variable));
                    !own
                })
    };
    Place::of(outcome)
        .filter(shifted_well)
        .filter(|place| matches!(origin(place), Origin::Data | Origin::TransformedData | Origin::Parameter))
}

/// The draw that a call of a log density is, if its outcome is a place.
pub fn density_of(program: &Program, e: &Expr, span: Span) -> Option<Draw> {
    let ExprKind::Call { callee, arguments } = &e.kind else { return None };
    let (Callee::Distribution { form, .. } | Callee::User { form, .. }) = callee else { return None };
    if !matches!(form, Form::Log | Form::LogUnnormalised) {
        return None;
    }
    let (outcome, rest) = arguments.split_first()?;
    Some(Draw {
        place: drawable(program, outcome)?,
        outcome: outcome.clone(),
        density: callee.clone(),
        arguments: rest.to_vec(),
        truncation: None,
        span,
    })
}

/// The terms of a scalar sum and whether each is subtracted.
pub fn terms(e: &Expr) -> Vec<(Expr, bool)> {
    let mut out = Vec::new();
    split(e, false, &mut out);
    out
}

fn split(e: &Expr, negative: bool, out: &mut Vec<(Expr, bool)>) {
    if let ExprKind::Call { callee: Callee::Operator(op), arguments } = &e.kind {
        let scalar = arguments.iter().all(|a| a.ty.is_real_scalar());
        match (op, arguments.as_slice()) {
            (Operator::Plus, [a, b]) if scalar => {
                split(a, negative, out);
                return split(b, negative, out);
            }
            (Operator::Minus, [a, b]) if scalar => {
                split(a, negative, out);
                return split(b, !negative, out);
            }
            (Operator::Negate, [a]) if scalar => return split(a, !negative, out),
            (Operator::Plus1, [a]) if scalar => return split(a, negative, out),
            _ => {}
        }
    }
    if let ExprKind::Promote(inner) = &e.kind {
        return split(inner, negative, out);
    }
    // `sum` of a list of scalars, and of a single number.
    if let ExprKind::Call { callee: Callee::Library(name), arguments } = &e.kind
        && let ("sum", [one]) = (name.as_str(), arguments.as_slice())
        && let ExprKind::Array(items) | ExprKind::RowVector(items) = &one.kind
    {
        return items.iter().for_each(|item| split(item, negative, out));
    }
    out.push((e.clone(), negative));
}

/// `log_mix(theta, a, b)` and `log_sum_exp(a, b)` with a density in each part.
fn mixture(program: &Program, e: &Expr, span: Span) -> Option<Mixture> {
    let ExprKind::Call { callee: Callee::Library(name), arguments } = &e.kind else { return None };
    let parts: Vec<(Option<Expr>, Expr)> = match (name.as_str(), arguments.as_slice()) {
        ("log_mix", [theta, a, b]) => {
            vec![(Some(log("log", theta)), a.clone()), (Some(log("log1m", theta)), b.clone())]
        }
        ("log_mix", [theta, lps]) => {
            let log_theta = log("log", theta);
            let at = |k: usize| crate::pointwise::element_of(&log_theta, k);
            list(lps)?.into_iter().enumerate().map(|(k, lp)| (Some(at(k)), lp)).collect()
        }
        ("log_sum_exp", [a, b]) if a.ty.is_real_scalar() && b.ty.is_real_scalar() => {
            nested_sum(a).into_iter().chain(nested_sum(b)).map(|e| (None, e)).collect()
        }
        ("log_sum_exp", [lps]) => list(lps)?.into_iter().map(|lp| (None, lp)).collect(),
        _ => return None,
    };
    let components: Option<Vec<Component>> =
        parts.into_iter().map(|(weight, lp)| component(program, weight, &lp, span)).collect();
    let components = components?;
    // At least one part must be a density, or this is a number like any other.
    let any = components.iter().any(|c| !c.draws.is_empty());
    any.then(|| Mixture { components, term: e.clone(), span })
}

/// `log_sum_exp(log_sum_exp(a, b), c)` is a sum of three.
fn nested_sum(e: &Expr) -> Vec<Expr> {
    match &e.kind {
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if name == "log_sum_exp" && arguments.len() == 2 =>
        {
            arguments.iter().flat_map(nested_sum).collect()
        }
        _ => vec![e.clone()],
    }
}

fn log(function: &str, theta: &Expr) -> Expr {
    let ty = if theta.ty == Type::Int { Type::Real } else { theta.ty.clone() };
    crate::build::typed::call(function, vec![theta.clone()], ty)
}

/// The items of a literal list, `[a, b]'` included.
fn list(e: &Expr) -> Option<Vec<Expr>> {
    match &e.kind {
        ExprKind::Array(items) | ExprKind::RowVector(items) => Some(items.clone()),
        ExprKind::Call { callee: Callee::Operator(Operator::Transpose), arguments } => list(&arguments[0]),
        ExprKind::Promote(inner) => list(inner),
        _ => None,
    }
}

fn component(program: &Program, weight: Option<Expr>, lp: &Expr, span: Span) -> Option<Component> {
    let mut component = Component { log_weight: weight.into_iter().collect(), draws: Vec::new() };
    for (term, negative) in terms(lp) {
        match density_of(program, &term, span).filter(|_| !negative) {
            Some(draw) => component.draws.push(draw),
            None if negative => {
                component.log_weight.push(Expr {
                    kind: ExprKind::Call { callee: Callee::Operator(Operator::Negate), arguments: vec![term.clone()] },
                    ..term
                });
            }
            None => component.log_weight.push(term),
        }
    }
    Some(component)
}

/// Whether a statement adds to `target` (or `jacobian`), itself or through what it calls.
pub fn changes_target(program: &Program, statement: &Statement) -> bool {
    let mut found = false;
    statement.for_each(&mut |s| {
        found |= matches!(
            s.kind,
            StatementKind::Tilde { .. } | StatementKind::TargetPlus(_) | StatementKind::JacobianPlus(_)
        );
    });
    statement.for_each_callee(&mut |callee| {
        if let Callee::User { function, .. } = callee {
            found |= matches!(program.function(*function).kind, FunctionKind::Lp | FunctionKind::Jacobian);
        }
    });
    found
}
