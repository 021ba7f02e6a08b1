//! One density of many values as one density for each.

use super::conditional;
use crate::build;
use crate::place::{Place, View};
use crate::pointwise::{element, is_list};
use crate::step::{Draw, Factor, Step};
use crate::unparse::Unparse;
use ppl_grammar::ast;
use ppl_program::typed::*;
use ppl_runtime::catalogue;

/// How a density falls into units.
pub enum Split {
    /// It is of one unit: the part of `variable` with these leading indexes.
    One { variable: VarId, indices: Vec<ast::Index> },
    /// It is `term` for each element of a list of `size`.
    Each { variable: VarId, indices: Vec<ast::Index>, size: ast::Expr, term: ast::Expr },
    /// It is one unit each time it is executed.
    Execution,
}

/// What is added to `target`, with all constants.
pub fn whole(unparse: &Unparse, step: &Step) -> Option<ast::Expr> {
    match step {
        Step::Draw(draw) => {
            let outcome = unparse.expr(&draw.outcome);
            let arguments = unparse.exprs(&draw.arguments);
            Some(truncated(unparse, draw, outcome, arguments))
        }
        Step::Mixture(mixture) => Some(unparse.expr(&mixture.term)),
        Step::Factor(Factor { term, negative, .. }) => {
            let printed = unparse.expr(term.as_ref()?);
            Some(match negative {
                true => build::expr(ast::ExprKind::Unary {
                    op: ast::UnaryOp::Minus,
                    operand: Box::new(build::expr(ast::ExprKind::Paren(Box::new(printed)))),
                }),
                false => printed,
            })
        }
        _ => None,
    }
}

/// `f_lpdf(y | a) - log(F(upper) - F(lower))`, or negative infinity outside, for one number `y`.
fn truncated(unparse: &Unparse, draw: &Draw, outcome: ast::Expr, arguments: Vec<ast::Expr>) -> ast::Expr {
    let density = conditional(unparse, &draw.density, outcome.clone(), arguments.clone());
    let Some(truncation) = &draw.truncation else { return density };
    let discrete = *draw.outcome.ty.unwrap_array().0 == Type::Int;
    let bound = |e: &Expr| unparse.expr(e);
    // P(y >= lower) of a discrete outcome is P(y > lower - 1).
    let below = |e: &Expr| match discrete {
        true => build::binary(ast::BinaryOp::Minus, bound(e), build::int(1)),
        false => bound(e),
    };
    let of = |callee: &Option<Callee>, at: ast::Expr| {
        callee.as_ref().map(|c| conditional(unparse, c, at, arguments.clone()))
    };
    let normaliser = match (&truncation.lower, &truncation.upper) {
        (None, None) => None,
        (Some(lower), None) => of(&truncation.lccdf, below(lower)),
        (None, Some(upper)) => of(&truncation.lcdf, bound(upper)),
        (Some(lower), Some(upper)) => of(&truncation.lcdf, bound(upper))
            .zip(of(&truncation.lcdf, below(lower)))
            .map(|(high, low)| build::call("log_diff_exp", vec![high, low])),
    };
    let Some(normaliser) = normaliser else { return density };
    let inside = build::binary(ast::BinaryOp::Minus, density, normaliser);
    let too_low = truncation.lower.as_ref().map(|l| build::binary(ast::BinaryOp::Less, outcome.clone(), bound(l)));
    let too_high = truncation.upper.as_ref().map(|u| build::binary(ast::BinaryOp::Greater, outcome, bound(u)));
    let outside = match (too_low, too_high) {
        (Some(a), Some(b)) => build::binary(ast::BinaryOp::Or, a, b),
        (Some(a), None) | (None, Some(a)) => a,
        (None, None) => return inside,
    };
    let ternary = ast::ExprKind::Ternary {
        condition: Box::new(outside),
        then: Box::new(build::call("negative_infinity", Vec::new())),
        otherwise: Box::new(inside),
    };
    build::expr(ast::ExprKind::Paren(Box::new(build::expr(ternary))))
}

/// Splits a density of a part of a variable.
pub fn draw(unparse: &Unparse, draw: &Draw, at: &str) -> Split {
    let variable = draw.place.variable;
    let part = part(unparse, &draw.place);
    let i = build::variable(at);
    let one = || Split::One { variable, indices: leading(&unparse.expr(&part)) };
    let Some(arguments) = arguments_at(unparse, &draw.density, &draw.outcome, &draw.arguments, &i) else {
        return one();
    };
    let reshaped = draw.place.seen_through.iter().any(|v| {
        let flat = |ty: &Type| is_list(ty) && crate::pointwise::element_type(ty).is_real_scalar();
        matches!(v, View::Reshape { from, to } if !flat(from) || !flat(to))
    });
    let indices = match (&part.ty, reshaped) {
        (_, false) => leading(&element(unparse, &part, &i)),
        // Column by column.
        (Type::Matrix, true) if part.kind == ExprKind::Variable(variable) => {
            let rows = || build::call("rows", vec![unparse.expr(&part)]);
            let from_0 = || build::expr(ast::ExprKind::Paren(Box::new(minus_1(&i))));
            let plus_1 = |e| ast::Index::Single(build::binary(ast::BinaryOp::Plus, e, build::int(1)));
            let row = build::binary(ast::BinaryOp::Modulo, from_0(), rows());
            let column = build::binary(ast::BinaryOp::IntDivide, from_0(), rows());
            vec![plus_1(row), plus_1(column)]
        }
        _ => return one(),
    };
    let term = truncated(unparse, draw, element(unparse, &draw.outcome, &i), arguments);
    let size = build::call("size", vec![unparse.expr(&draw.outcome)]);
    Split::Each { variable, indices, size, term }
}

/// The leading single indexes of a place.
pub fn part_indices(unparse: &Unparse, place: &Place) -> Vec<ast::Index> {
    leading(&unparse.expr(&part(unparse, place)))
}

fn minus_1(i: &ast::Expr) -> ast::Expr {
    build::binary(ast::BinaryOp::Minus, i.clone(), build::int(1))
}

/// The unit of a joint density of several parts: what they have in common.
pub fn joint(unparse: &Unparse, draws: &[&Draw]) -> Split {
    let mut common: Option<(VarId, Vec<ast::Index>)> = None;
    for draw in draws {
        let (variable, indices) = (draw.place.variable, leading(&unparse.expr(&part(unparse, &draw.place))));
        if unparse.program.variable(variable).origin == Origin::Parameter {
            continue;
        }
        common = Some(match common {
            None => (variable, indices),
            Some((other, _)) if other != variable => return Split::Execution,
            Some((_, before)) => {
                let same = before.iter().zip(&indices).take_while(|(a, b)| text(a) == text(b)).count();
                (variable, before[..same].to_vec())
            }
        });
    }
    common.map_or(Split::Execution, |(variable, indices)| Split::One { variable, indices })
}

/// An index without the places where it was written.
fn text(index: &ast::Index) -> String {
    match index {
        ast::Index::Single(e) => ppl_grammar::format::expression(e),
        _ => String::new(),
    }
}

/// Splits a density whose outcome is computed from one data variable, as in `y - mu ~ normal(0, sigma)`, or the probabilities that
/// censored data lie beyond.
pub fn factor(unparse: &Unparse, factor: &Factor, at: &str) -> Option<Split> {
    let term = factor.term.as_ref().filter(|_| !factor.negative)?;
    let ExprKind::Call { callee: callee @ Callee::Distribution { form, .. }, arguments } = &term.kind else {
        return None;
    };
    // Censored values too; but a limit that many of them share is no unit.
    let censored = matches!(form, Form::Lcdf | Form::Lccdf);
    if !censored && *form != Form::Log {
        return None;
    }
    let (outcome, rest) = arguments.split_first()?;
    let i = build::variable(at);
    let arguments = arguments_at(unparse, callee, outcome, rest, &i);
    let value = match &arguments {
        Some(_) => element(unparse, outcome, &i),
        None if outcome.ty.is_real_scalar() => unparse.expr(outcome),
        None => return None,
    };
    // The variable of which the value has one element.
    let mut data = Vec::new();
    outcome.for_each(&mut |e| {
        if let ExprKind::Variable(v) = e.kind
            && matches!(unparse.program.variable(v).origin, Origin::Data | Origin::TransformedData)
            && !unparse.program.variable(v).ty.is_integral()
            && !data.contains(&v)
        {
            data.push(v);
        }
    });
    let [variable] = data[..] else { return None };
    let dims = super::sizes(unparse.program, variable).len();
    let indices = element_in(&value, unparse.names.of(variable)).filter(|indices| indices.len() == dims)?;
    if censored && indices.is_empty() {
        return None;
    }
    Some(match arguments {
        Some(arguments) => {
            let size = build::call("size", vec![unparse.expr(outcome)]);
            Split::Each { variable, indices, size, term: conditional(unparse, callee, value, arguments) }
        }
        None => Split::One { variable, indices },
    })
}

/// The indexes of the only part of a variable in an expression.
fn element_in(e: &ast::Expr, name: &str) -> Option<Vec<ast::Index>> {
    match &e.kind {
        ast::ExprKind::Variable(n) if n == name => Some(Vec::new()),
        ast::ExprKind::Index { .. } if root(e) == Some(name) => Some(leading(e)),
        ast::ExprKind::Paren(inner) | ast::ExprKind::Transpose(inner) => element_in(inner, name),
        ast::ExprKind::Unary { operand, .. } => element_in(operand, name),
        ast::ExprKind::Binary { left, right, .. } => element_in(left, name).or_else(|| element_in(right, name)),
        ast::ExprKind::Call { arguments, .. } => arguments.iter().find_map(|a| element_in(a, name)),
        _ => None,
    }
}

fn root(e: &ast::Expr) -> Option<&str> {
    match &e.kind {
        ast::ExprKind::Variable(name) => Some(name),
        ast::ExprKind::Index { base, .. } | ast::ExprKind::Paren(base) => root(base),
        _ => None,
    }
}

/// The part of a place as an expression, without what it is seen through.
fn part(unparse: &Unparse, place: &Place) -> Expr {
    let variable = crate::substitute::reference(unparse.program, place.variable);
    let mut part = place.path.iter().fold(variable, |base, indices| Expr {
        ty: place.ty.clone(),
        level: base.level,
        span: base.span,
        kind: ExprKind::Index { base: Box::new(base), indices: indices.clone() },
    });
    part.ty = place.ty.clone();
    part
}

/// The leading indexes that are single: `y[n, 2]` of `y[n, 2, 1:3]`.
fn leading(e: &ast::Expr) -> Vec<ast::Index> {
    match &e.kind {
        ast::ExprKind::Index { base, indices } => {
            let mut out = leading(base);
            let all_single = |e: &ast::Expr| match &e.kind {
                ast::ExprKind::Index { indices, .. } => indices.iter().all(|i| matches!(i, ast::Index::Single(_))),
                _ => true,
            };
            if all_single(base) {
                out.extend(indices.iter().take_while(|i| matches!(i, ast::Index::Single(_))).cloned());
            }
            out
        }
        ast::ExprKind::Paren(inner) => leading(inner),
        _ => Vec::new(),
    }
}

/// The arguments of the density of element `i` of the outcome; `None` where the density is one for the whole outcome.
fn arguments_at(
    unparse: &Unparse,
    density: &Callee,
    outcome: &Expr,
    arguments: &[Expr],
    i: &ast::Expr,
) -> Option<Vec<ast::Expr>> {
    let Callee::Distribution { family, .. } = density else { return None };
    let joint = matches!(outcome.ty, Type::Vector | Type::RowVector | Type::Matrix);
    let outcomes = catalogue::family(family)?.signature.split('|').next()?.trim();
    let splits = match outcomes {
        "vectors" => matches!(outcome.ty, Type::Array(..)),
        "matrix" | "array[] int" => false,
        _ => is_list(&outcome.ty),
    };
    debug_assert!(!splits || joint || matches!(outcome.ty, Type::Array(..)));
    splits.then(|| {
        let piece = |(k, a): (usize, &Expr)| match share(family, k, strip(a)) {
            Share::Whole => unparse.expr(a),
            Share::Element => element(unparse, a, i),
            Share::Row => build::index(unparse.expr(a), vec![ast::Index::Between(i.clone(), i.clone())]),
        };
        arguments.iter().enumerate().map(piece).collect()
    })
}

fn strip(e: &Expr) -> &Type {
    match &e.kind {
        ExprKind::Promote(inner) => strip(inner),
        _ => &e.ty,
    }
}

/// What of an argument belongs to one element of the outcome.
enum Share {
    Whole,
    Element,
    /// A matrix of one row.
    Row,
}

fn share(family: &str, k: usize, ty: &Type) -> Share {
    let element_if = |yes: bool| if yes { Share::Element } else { Share::Whole };
    let array = matches!(ty, Type::Array(..));
    if family.ends_with("_glm") {
        let x = usize::from(family == "binomial_logit_glm");
        return match k {
            _ if k == x && *ty == Type::Matrix => Share::Row,
            _ if k < x => element_if(is_list(ty)),
            _ if matches!(family, "categorical_logit_glm" | "ordered_logistic_glm") => Share::Whole,
            _ => element_if((k == x + 1 || k == x + 3) && is_list(ty)),
        };
    }
    match family {
        "ordered_logistic" | "ordered_probit" => element_if(if k == 0 { is_list(ty) } else { array }),
        "categorical" | "categorical_logit" => Share::Whole,
        _ if family.starts_with("multi_") || family.starts_with("dirichlet") => element_if(array),
        _ => element_if(is_list(ty)),
    }
}
