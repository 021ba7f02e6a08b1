//! A number between bounds by inversion, however improbable that is: trying until it lies within would take for ever in a tail.

use crate::build::{self, binary};
use ppl_grammar::ast;

/// A draw of a generator given that it lies between the bounds; `None` for generators that have no form for it.
pub fn within(
    generator: &str,
    arguments: &[ast::Expr],
    lower: Option<&ast::Expr>,
    upper: Option<&ast::Expr>,
) -> Option<ast::Expr> {
    let value = match (generator, arguments) {
        ("normal_rng", [m, s]) => normal(m, s, lower, upper)?,
        ("std_normal_rng", []) => normal(&build::int(0), &build::int(1), lower, upper)?,
        ("exponential_rng", [rate]) => exponential(rate, lower, upper)?,
        _ => return None,
    };
    // Rounding may end a hair beyond a bound.
    let value = lower.into_iter().fold(value, |x, a| build::call("fmax", vec![x, a.clone()]));
    Some(upper.into_iter().fold(value, |x, b| build::call("fmin", vec![x, b.clone()])))
}

/// A refusal of an interval that is none, where the bounds are not literal: no number lies in it.
pub fn interval(lower: Option<&ast::Expr>, upper: Option<&ast::Expr>) -> Option<ast::Statement> {
    let (a, b) = (lower?, upper?);
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a < b => None,
        _ => {
            let none = binary(ast::BinaryOp::Greater, a.clone(), b.clone());
            Some(build::if_else(
                none,
                vec![build::reject("no number lies between the bounds of a density")],
                Vec::new(),
            ))
        }
    }
}

/// Proof: for X ~ N(m, s) and U uniform, the quantile of `F(a) + U (F(b) - F(a))` has the distribution of X between a and b. It is
/// computed by logarithms, `log_mix(U, log F(b), log F(a))`, and from the side of the mean on which the interval lies: there F is small and exact
/// to all digits. Above the mean that is the mirror image, `(m - X) / s` between `(m - b) / s` and `(m - a) / s`, where `log F` is
/// `normal_lcdf(m | a, s)`. With one bound the other probability is 0, and its logarithm adds to that of U.
fn normal(m: &ast::Expr, s: &ast::Expr, lower: Option<&ast::Expr>, upper: Option<&ast::Expr>) -> Option<ast::Expr> {
    let below = |x: &ast::Expr, m: &ast::Expr| {
        build::expr(ast::ExprKind::Conditional {
            name: crate::unparse::ident("normal_lcdf"),
            outcome: Box::new(x.clone()),
            arguments: vec![m.clone(), s.clone()],
        })
    };
    let scaled =
        |s: ast::Expr, log_p: ast::Expr| binary(ast::BinaryOp::Times, s, build::call("std_normal_log_qf", vec![log_p]));
    let part_of = |log_p| binary(ast::BinaryOp::Plus, build::call("log", vec![uniform()]), log_p);
    Some(match (lower, upper) {
        (Some(a), None) => binary(ast::BinaryOp::Minus, m.clone(), scaled(s.clone(), part_of(below(m, a)))),
        (None, Some(b)) => binary(ast::BinaryOp::Plus, m.clone(), scaled(s.clone(), part_of(below(b, m)))),
        (Some(a), Some(b)) => {
            let above = above(a, m);
            let either = |mirrored: ast::Expr, plain: ast::Expr| choice(&above, mirrored, plain);
            let ends = vec![uniform(), either(below(m, a), below(b, m)), either(below(m, b), below(a, m))];
            let minus = build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(s.clone()) });
            let side = match above {
                Side::Within => s.clone(),
                _ => paren(either(minus, s.clone())),
            };
            binary(ast::BinaryOp::Plus, m.clone(), scaled(side, build::call("log_mix", ends)))
        }
        (None, None) => return None,
    })
}

/// Proof: an exponential number above a, less a, is exponential again. Between a and b it is a plus the quantile of U times the probability
/// `-expm1(-rate (b - a))` of what lies below `b - a`.
fn exponential(rate: &ast::Expr, lower: Option<&ast::Expr>, upper: Option<&ast::Expr>) -> Option<ast::Expr> {
    let zero = || build::int(0);
    let start = lower.map(|a| build::call("fmax", vec![a.clone(), zero()]));
    let passed = match upper {
        None => build::call("exponential_rng", vec![rate.clone()]),
        Some(b) => {
            let width = match &start {
                Some(a) => paren(binary(ast::BinaryOp::Minus, b.clone(), a.clone())),
                None => b.clone(),
            };
            let exponent = binary(ast::BinaryOp::Times, rate.clone(), width);
            let minus =
                build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(paren(exponent)) });
            let chance = binary(ast::BinaryOp::Times, uniform(), build::call("expm1", vec![minus]));
            let log_above = build::call("log1p", vec![chance]);
            let minus = build::expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(log_above) });
            binary(ast::BinaryOp::Divide, minus, rate.clone())
        }
    };
    Some(match start {
        Some(a) => binary(ast::BinaryOp::Plus, a, passed),
        None => passed,
    })
}

/// Whether an interval lies above a number.
enum Side {
    Above,
    Within,
    Unknown(ast::Expr),
}

fn above(a: &ast::Expr, m: &ast::Expr) -> Side {
    match (number(a), number(m)) {
        (Some(a), Some(m)) if a > m => Side::Above,
        (Some(_), Some(_)) => Side::Within,
        _ => Side::Unknown(binary(ast::BinaryOp::Greater, a.clone(), m.clone())),
    }
}

fn choice(side: &Side, above: ast::Expr, within: ast::Expr) -> ast::Expr {
    match side {
        Side::Above => above,
        Side::Within => within,
        Side::Unknown(condition) => build::expr(ast::ExprKind::Ternary {
            condition: Box::new(condition.clone()),
            then: Box::new(above),
            otherwise: Box::new(within),
        }),
    }
}

fn number(e: &ast::Expr) -> Option<f64> {
    match &e.kind {
        ast::ExprKind::Int(text) | ast::ExprKind::Real(text) => text.parse().ok(),
        ast::ExprKind::Paren(inner) => number(inner),
        ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand } => number(operand).map(|x| -x),
        _ => None,
    }
}

fn uniform() -> ast::Expr {
    build::call("uniform_rng", vec![build::int(0), build::int(1)])
}

fn paren(e: ast::Expr) -> ast::Expr {
    build::expr(ast::ExprKind::Paren(Box::new(e)))
}
