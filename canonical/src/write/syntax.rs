//! Short names for making syntax.

use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Ident, Index, Statement, StatementKind, UnaryOp};
use ppl_grammar::span::Span;

pub fn ident(name: &str) -> Ident {
    Ident { name: name.to_string(), span: Span::default() }
}

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

pub fn variable(name: &str) -> Expr {
    expr(ExprKind::Variable(name.to_string()))
}

pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    expr(ExprKind::Call { name: ident(name), arguments })
}

pub fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) })
}

pub fn unary(op: UnaryOp, operand: Expr) -> Expr {
    expr(ExprKind::Unary { op, operand: Box::new(operand) })
}

pub fn transpose(e: Expr) -> Expr {
    expr(ExprKind::Transpose(Box::new(e)))
}

pub fn indexed(base: Expr, indices: Vec<Index>) -> Expr {
    match indices.is_empty() {
        true => base,
        false => expr(ExprKind::Index { base: Box::new(base), indices }),
    }
}

pub fn statement(kind: StatementKind) -> Statement {
    Statement { kind, span: Span::default() }
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
