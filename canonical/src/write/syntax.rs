//! Short names for making syntax.

pub use ppl_analysis::build::{binary, call, expr, statement, transpose, variable};
pub use ppl_analysis::unparse::ident;
use ppl_grammar::ast::{Expr, ExprKind, Index, Statement, StatementKind, UnaryOp};

pub fn unary(op: UnaryOp, operand: Expr) -> Expr {
    expr(ExprKind::Unary { op, operand: Box::new(operand) })
}

pub fn indexed(base: Expr, indices: Vec<Index>) -> Expr {
    match indices.is_empty() {
        true => base,
        false => expr(ExprKind::Index { base: Box::new(base), indices }),
    }
}

/// One statement, or several in braces.
pub fn body(mut statements: Vec<Statement>) -> Box<Statement> {
    match statements.len() {
        1 => Box::new(statements.remove(0)),
        _ => Box::new(statement(StatementKind::Block(statements))),
    }
}

/// A number; negative ones are negations.
pub fn number(value: f64) -> Expr {
    if value.is_nan() {
        return call("not_a_number", Vec::new());
    }
    if value.is_infinite() {
        return call(if value > 0.0 { "positive_infinity" } else { "negative_infinity" }, Vec::new());
    }
    if value.is_sign_negative() {
        return unary(UnaryOp::Minus, number(-value));
    }
    match value == value.trunc() && value < 2e9 {
        true => expr(ExprKind::Int(format!("{value}"))),
        false => expr(ExprKind::Real(ppl_analysis::unparse::real_literal(value))),
    }
}
