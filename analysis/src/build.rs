//! Small constructors of typed expressions and of syntax, for passes that write programs.

use crate::unparse::ident;
use ppl_grammar::ast;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// Typed expressions.
pub mod typed {
    use super::*;

    pub fn expr(kind: ExprKind, ty: Type, level: Level, span: Span) -> Expr {
        Expr { kind, ty, level, span }
    }

    pub fn int(value: i32) -> Expr {
        expr(ExprKind::Int(value), Type::Int, Level::Data, Span::default())
    }

    pub fn binary(op: Operator, a: Expr, b: Expr) -> Expr {
        let (level, ty, span) = (a.level.max(b.level), a.ty.clone(), a.span);
        expr(ExprKind::Call { callee: Callee::Operator(op), arguments: vec![a, b] }, ty, level, span)
    }

    /// A library call with a result of type `ty`.
    pub fn call(name: &str, arguments: Vec<Expr>, ty: Type) -> Expr {
        let level = arguments.iter().map(|a| a.level).max().unwrap_or(Level::Data);
        let span = arguments.first().map_or(Span::default(), |a| a.span);
        expr(ExprKind::Call { callee: Callee::Library(name.to_string()), arguments }, ty, level, span)
    }
}

pub fn expr(kind: ast::ExprKind) -> ast::Expr {
    ast::Expr { kind, span: Span::default() }
}

pub fn variable(name: &str) -> ast::Expr {
    expr(ast::ExprKind::Variable(name.to_string()))
}

pub fn int(value: i64) -> ast::Expr {
    let digits = expr(ast::ExprKind::Int(value.unsigned_abs().to_string()));
    match value < 0 {
        true => expr(ast::ExprKind::Unary { op: ast::UnaryOp::Minus, operand: Box::new(digits) }),
        false => digits,
    }
}

pub fn real(value: f64) -> ast::Expr {
    expr(ast::ExprKind::Real(crate::unparse::real_literal(value)))
}

pub fn call(name: &str, arguments: Vec<ast::Expr>) -> ast::Expr {
    expr(ast::ExprKind::Call { name: ident(name), arguments })
}

pub fn binary(op: ast::BinaryOp, left: ast::Expr, right: ast::Expr) -> ast::Expr {
    expr(ast::ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) })
}

pub fn transpose(e: ast::Expr) -> ast::Expr {
    expr(ast::ExprKind::Transpose(Box::new(e)))
}

pub fn index(base: ast::Expr, indices: Vec<ast::Index>) -> ast::Expr {
    expr(ast::ExprKind::Index { base: Box::new(base), indices })
}

pub fn at(base: ast::Expr, i: ast::Expr) -> ast::Expr {
    index(base, vec![ast::Index::Single(i)])
}

pub fn statement(kind: ast::StatementKind) -> ast::Statement {
    ast::Statement { kind, span: Span::default() }
}

pub fn assign(target: ast::LValue, value: ast::Expr) -> ast::Statement {
    statement(ast::StatementKind::Assign { target, op: None, value })
}

pub fn add_to(target: ast::LValue, value: ast::Expr) -> ast::Statement {
    statement(ast::StatementKind::Assign { target, op: Some(ast::BinaryOp::Plus), value })
}

pub fn lvalue(name: &str) -> ast::LValue {
    ast::LValue { kind: ast::LValueKind::Variable(ident(name)), span: Span::default() }
}

pub fn lvalue_at(base: ast::LValue, indices: Vec<ast::Index>) -> ast::LValue {
    ast::LValue { kind: ast::LValueKind::Index(Box::new(base), indices), span: Span::default() }
}

pub fn block(items: Vec<ast::Statement>) -> ast::Statement {
    statement(ast::StatementKind::Block(items))
}

/// `for (name in lower:upper) { body }`
pub fn for_loop(name: &str, lower: ast::Expr, upper: ast::Expr, body: Vec<ast::Statement>) -> ast::Statement {
    statement(ast::StatementKind::For { variable: ident(name), lower, upper, body: Box::new(block(body)) })
}

/// `while (condition) { body }`
pub fn while_loop(condition: ast::Expr, body: Vec<ast::Statement>) -> ast::Statement {
    statement(ast::StatementKind::While { condition, body: Box::new(block(body)) })
}

pub fn if_else(condition: ast::Expr, then: Vec<ast::Statement>, otherwise: Vec<ast::Statement>) -> ast::Statement {
    let otherwise = (!otherwise.is_empty()).then(|| Box::new(block(otherwise)));
    statement(ast::StatementKind::If { condition, then: Box::new(block(then)), otherwise })
}

/// `reject("text")`
pub fn reject(text: &str) -> ast::Statement {
    statement(ast::StatementKind::Reject(vec![expr(ast::ExprKind::String(text.to_string()))]))
}

/// `type name;` or `type name = initial;`
pub fn declare(kind: ast::SizedTypeKind, name: &str, initial: Option<ast::Expr>) -> ast::Statement {
    let ty = ast::SizedType { kind, transform: ast::Transform::default(), span: Span::default() };
    declare_as(ty, name, initial)
}

pub fn declare_as(ty: ast::SizedType, name: &str, initial: Option<ast::Expr>) -> ast::Statement {
    statement(ast::StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(name), initial)] })
}
