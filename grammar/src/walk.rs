//! Walking over trees, and comparing them without regard to where they were written.

use crate::ast::*;
use crate::span::Span;

/// What to do at the nodes of a tree. Children come before their parents.
pub trait VisitMut {
    fn span(&mut self, _span: &mut Span) {}
    fn expr(&mut self, _e: &mut Expr) {}
    fn statement(&mut self, _statement: &mut Statement) {}
}

/// Visits everything in a program, in the order of the text.
pub fn walk_program(visitor: &mut dyn VisitMut, program: &mut Program) {
    if let Some(block) = &mut program.functions {
        visitor.span(&mut block.span);
        for function in &mut block.items {
            walk_function(visitor, function);
        }
    }
    let blocks = [
        &mut program.data,
        &mut program.transformed_data,
        &mut program.parameters,
        &mut program.transformed_parameters,
        &mut program.model,
        &mut program.generated_quantities,
    ];
    for block in blocks.into_iter().flatten() {
        visitor.span(&mut block.span);
        for statement in &mut block.items {
            walk_statement(visitor, statement);
        }
    }
}

pub fn walk_function(visitor: &mut dyn VisitMut, function: &mut Function) {
    for annotation in &mut function.annotations {
        visitor.span(&mut annotation.span);
    }
    if let Some(ty) = &mut function.return_type {
        walk_unsized(visitor, ty);
    }
    visitor.span(&mut function.name.span);
    for argument in &mut function.arguments {
        walk_unsized(visitor, &mut argument.ty);
        visitor.span(&mut argument.name.span);
    }
    if let Some(body) = &mut function.body {
        walk_statement(visitor, body);
    }
    visitor.span(&mut function.span);
}

fn walk_unsized(visitor: &mut dyn VisitMut, ty: &mut UnsizedType) {
    match &mut ty.kind {
        UnsizedTypeKind::Array(element, _) => walk_unsized(visitor, element),
        UnsizedTypeKind::Tuple(slots) => slots.iter_mut().for_each(|slot| walk_unsized(visitor, slot)),
        _ => {}
    }
    visitor.span(&mut ty.span);
}

fn walk_sized(visitor: &mut dyn VisitMut, ty: &mut SizedType) {
    let Transform { lower, upper, offset, multiplier, span } = &mut ty.transform;
    for bound in [lower, upper, offset, multiplier].into_iter().flatten() {
        walk_expr(visitor, bound);
    }
    visitor.span(span);
    match &mut ty.kind {
        SizedTypeKind::Int | SizedTypeKind::Real | SizedTypeKind::Complex => {}
        SizedTypeKind::Vector(n)
        | SizedTypeKind::RowVector(n)
        | SizedTypeKind::ComplexVector(n)
        | SizedTypeKind::ComplexRowVector(n)
        | SizedTypeKind::Simplex(n)
        | SizedTypeKind::UnitVector(n)
        | SizedTypeKind::SumToZeroVector(n)
        | SizedTypeKind::Ordered(n)
        | SizedTypeKind::PositiveOrdered(n)
        | SizedTypeKind::CorrMatrix(n)
        | SizedTypeKind::CovMatrix(n)
        | SizedTypeKind::CholeskyFactorCorr(n) => walk_expr(visitor, n),
        SizedTypeKind::Matrix(n, m)
        | SizedTypeKind::ComplexMatrix(n, m)
        | SizedTypeKind::SumToZeroMatrix(n, m)
        | SizedTypeKind::RowStochasticMatrix(n, m)
        | SizedTypeKind::ColumnStochasticMatrix(n, m) => {
            walk_expr(visitor, n);
            walk_expr(visitor, m);
        }
        SizedTypeKind::CholeskyFactorCov(n, m) => {
            walk_expr(visitor, n);
            if let Some(m) = m {
                walk_expr(visitor, m);
            }
        }
        SizedTypeKind::Array(element, sizes) => {
            sizes.iter_mut().for_each(|size| walk_expr(visitor, size));
            walk_sized(visitor, element);
        }
        SizedTypeKind::Tuple(slots) => slots.iter_mut().for_each(|slot| walk_sized(visitor, slot)),
    }
    visitor.span(&mut ty.span);
}

pub fn walk_statement(visitor: &mut dyn VisitMut, statement: &mut Statement) {
    match &mut statement.kind {
        StatementKind::Declare { annotations, ty, variables } => {
            for annotation in annotations {
                visitor.span(&mut annotation.span);
            }
            walk_sized(visitor, ty);
            for (name, value) in variables {
                visitor.span(&mut name.span);
                if let Some(value) = value {
                    walk_expr(visitor, value);
                }
            }
        }
        StatementKind::Assign { target, value, .. } => {
            walk_lvalue(visitor, target);
            walk_expr(visitor, value);
        }
        StatementKind::Call { name, arguments } => {
            visitor.span(&mut name.span);
            arguments.iter_mut().for_each(|e| walk_expr(visitor, e));
        }
        StatementKind::TargetPlus(e) | StatementKind::JacobianPlus(e) | StatementKind::Return(Some(e)) => {
            walk_expr(visitor, e);
        }
        StatementKind::Tilde { arg, distribution, arguments, truncation } => {
            walk_expr(visitor, arg);
            visitor.span(&mut distribution.span);
            arguments.iter_mut().for_each(|e| walk_expr(visitor, e));
            if let Some(Truncation { lower, upper, span }) = truncation {
                for bound in [lower, upper].into_iter().flatten() {
                    walk_expr(visitor, bound);
                }
                visitor.span(span);
            }
        }
        StatementKind::Print(items) | StatementKind::Reject(items) | StatementKind::FatalError(items) => {
            items.iter_mut().for_each(|e| walk_expr(visitor, e));
        }
        StatementKind::If { condition, then, otherwise } => {
            walk_expr(visitor, condition);
            walk_statement(visitor, then);
            if let Some(otherwise) = otherwise {
                walk_statement(visitor, otherwise);
            }
        }
        StatementKind::While { condition, body } => {
            walk_expr(visitor, condition);
            walk_statement(visitor, body);
        }
        StatementKind::For { variable, lower, upper, body } => {
            visitor.span(&mut variable.span);
            walk_expr(visitor, lower);
            walk_expr(visitor, upper);
            walk_statement(visitor, body);
        }
        StatementKind::ForEach { variable, range, body } => {
            visitor.span(&mut variable.span);
            walk_expr(visitor, range);
            walk_statement(visitor, body);
        }
        StatementKind::Block(items) | StatementKind::Profile { body: items, .. } => {
            items.iter_mut().for_each(|item| walk_statement(visitor, item));
        }
        StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Return(None)
        | StatementKind::Skip
        | StatementKind::Error => {}
    }
    visitor.span(&mut statement.span);
    visitor.statement(statement);
}

fn walk_lvalue(visitor: &mut dyn VisitMut, target: &mut LValue) {
    match &mut target.kind {
        LValueKind::Variable(name) => visitor.span(&mut name.span),
        LValueKind::Index(base, indices) => {
            walk_lvalue(visitor, base);
            walk_indices(visitor, indices);
        }
        LValueKind::Project(base, _) => walk_lvalue(visitor, base),
        LValueKind::Tuple(parts) => parts.iter_mut().for_each(|part| walk_lvalue(visitor, part)),
    }
    visitor.span(&mut target.span);
}

fn walk_indices(visitor: &mut dyn VisitMut, indices: &mut [Index]) {
    for index in indices {
        match index {
            Index::All(span) => visitor.span(span),
            Index::Single(e) | Index::From(e) | Index::To(e) => walk_expr(visitor, e),
            Index::Between(a, b) => {
                walk_expr(visitor, a);
                walk_expr(visitor, b);
            }
        }
    }
}

pub fn walk_expr(visitor: &mut dyn VisitMut, e: &mut Expr) {
    match &mut e.kind {
        ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Imaginary(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_)
        | ExprKind::Target
        | ExprKind::Error => {}
        ExprKind::Call { name, arguments } => {
            visitor.span(&mut name.span);
            arguments.iter_mut().for_each(|e| walk_expr(visitor, e));
        }
        ExprKind::Conditional { name, outcome, arguments } => {
            visitor.span(&mut name.span);
            walk_expr(visitor, outcome);
            arguments.iter_mut().for_each(|e| walk_expr(visitor, e));
        }
        ExprKind::Unary { operand: inner, .. } | ExprKind::Transpose(inner) | ExprKind::Paren(inner) => {
            walk_expr(visitor, inner);
        }
        ExprKind::Binary { left, right, .. } => {
            walk_expr(visitor, left);
            walk_expr(visitor, right);
        }
        ExprKind::Ternary { condition, then, otherwise } => {
            walk_expr(visitor, condition);
            walk_expr(visitor, then);
            walk_expr(visitor, otherwise);
        }
        ExprKind::Index { base, indices } => {
            walk_expr(visitor, base);
            walk_indices(visitor, indices);
        }
        ExprKind::Project { base, .. } => walk_expr(visitor, base),
        ExprKind::Array(items) | ExprKind::RowVector(items) | ExprKind::Tuple(items) => {
            items.iter_mut().for_each(|e| walk_expr(visitor, e));
        }
    }
    visitor.span(&mut e.span);
    visitor.expr(e);
}

struct EraseSpans;

impl VisitMut for EraseSpans {
    fn span(&mut self, span: &mut Span) {
        *span = Span::default();
    }
}

/// Makes all spans equal, so that `==` compares trees by what they say.
pub fn erase_spans(program: &mut Program) {
    walk_program(&mut EraseSpans, program);
}

struct EraseParens;

impl VisitMut for EraseParens {
    fn expr(&mut self, e: &mut Expr) {
        if let ExprKind::Paren(inner) = &mut e.kind {
            *e = std::mem::replace(inner, Expr { kind: ExprKind::Error, span: Span::default() });
        }
    }
}

/// Takes the nodes for parentheses out; the tree says the same without them.
pub fn erase_parentheses(program: &mut Program) {
    walk_program(&mut EraseParens, program);
}
