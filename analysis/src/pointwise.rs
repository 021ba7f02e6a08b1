//! One element of an expression that is a list: how a statement about a vector becomes statements about numbers.

use crate::build;
use crate::unparse::Unparse;
use ppl_grammar::ast;
use ppl_program::typed::*;

/// Element `k`, counted from 0, of a one-dimensional expression.
pub fn element_of(e: &Expr, k: usize) -> Expr {
    let index = build::typed::int(i32::try_from(k + 1).unwrap_or(i32::MAX));
    let ty = element_type(&e.ty);
    Expr {
        kind: ExprKind::Index { base: Box::new(e.clone()), indices: vec![Index::Single(index)] },
        ty,
        level: e.level,
        span: e.span,
    }
}

/// The type of `x[i]`.
pub fn element_type(ty: &Type) -> Type {
    match ty {
        Type::Vector | Type::RowVector => Type::Real,
        Type::Matrix => Type::RowVector,
        other => other.element().unwrap_or_else(|| other.clone()),
    }
}

/// Whether `x[i]` makes sense.
pub fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::Vector | Type::RowVector | Type::Array(..))
}

/// `e[i]` with the index pushed inwards, through what works element by element; `e` itself where it is a number.
pub fn element(unparse: &Unparse, e: &Expr, i: &ast::Expr) -> ast::Expr {
    if e.ty.is_real_scalar() {
        return unparse.expr(e);
    }
    match &e.kind {
        ExprKind::Call { callee: Callee::Operator(op), arguments } => {
            let elementwise = match (op, arguments.as_slice()) {
                (Operator::Plus | Operator::Minus | Operator::Negate | Operator::Plus1, _) => true,
                (Operator::EltTimes | Operator::EltDivide | Operator::EltPow | Operator::Pow, _) => true,
                (Operator::Times, [a, b]) => a.ty.is_real_scalar() || b.ty.is_real_scalar(),
                (Operator::Divide, [_, b]) => b.ty.is_real_scalar(),
                _ => false,
            };
            if let (Operator::Times, [x, b]) = (op, arguments.as_slice())
                && (&x.ty, &b.ty) == (&Type::Matrix, &Type::Vector)
                && matches!(x.kind, ExprKind::Variable(_))
            {
                let row = build::at(unparse.expr(x), i.clone());
                return build::binary(ast::BinaryOp::Times, row, unparse.expr(b));
            }
            if let (Operator::Transpose, [x]) = (op, arguments.as_slice())
                && is_list(&x.ty)
            {
                return element(unparse, x, i);
            }
            if elementwise && arguments.iter().all(|a| a.ty.is_real_scalar() || is_list(&a.ty)) {
                let parts = arguments.iter().map(|a| element(unparse, a, i)).collect();
                return rebuild(e, *op, parts, unparse);
            }
        }
        ExprKind::Call { callee: callee @ Callee::Library(name), arguments } if is_elementwise(name) => {
            let parts = arguments.iter().map(|a| element(unparse, a, i)).collect();
            return build::call(&unparse.callee(callee), parts);
        }
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if matches!(name.as_str(), "rep_vector" | "rep_row_vector") && arguments[0].ty.is_real_scalar() =>
        {
            return unparse.expr(&arguments[0]);
        }
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if matches!(name.as_str(), "to_vector" | "to_row_vector" | "to_array_1d") && is_flat(&arguments[0].ty) =>
        {
            return element(unparse, &arguments[0], i);
        }
        ExprKind::Promote(inner) => return element(unparse, inner, i),
        ExprKind::Index { base, indices } => {
            // The first index that keeps a dimension takes the element.
            let mut indices = indices.clone();
            let at = indices.iter().position(|index| !matches!(index, Index::Single(_)));
            let Some(at) = at else { return build::at(unparse.expr(e), i.clone()) };
            let shifted = |first: &Expr| {
                let offset = build::binary(ast::BinaryOp::Minus, i.clone(), build::int(1));
                simplified(build::binary(ast::BinaryOp::Plus, unparse.expr(first), offset))
            };
            let chosen = match indices.remove(at) {
                Index::All | Index::To(_) => i.clone(),
                Index::From(first) | Index::Between(first, _) => shifted(&first),
                Index::Multi(list) => element(unparse, &list, i),
                Index::Single(e) => unparse.expr(&e),
            };
            let mut printed = unparse.indices(&indices);
            printed.insert(at, ast::Index::Single(chosen));
            return build::index(unparse.expr(base), printed);
        }
        _ => {}
    }
    build::at(unparse.expr(e), i.clone())
}

/// As [`element`], for typed expressions: the element of a list that stands where `at` says, given the index at which a list or
/// slice starts; `e` where it is a number.
pub fn typed_element(e: &Expr, at: &dyn Fn(&Expr) -> Expr) -> Expr {
    if !is_list(&e.ty) {
        return e.clone();
    }
    let ty = element_type(&e.ty);
    let push = |items: &[Expr]| -> Vec<Expr> { items.iter().map(|a| typed_element(a, at)).collect() };
    let kind = match &e.kind {
        ExprKind::Promote(inner) => return typed_element(inner, at),
        ExprKind::Call { callee: Callee::Operator(op), arguments } => {
            let op = match (op, arguments.as_slice()) {
                (Operator::Plus | Operator::Minus | Operator::Negate, _) => Some(*op),
                (Operator::EltTimes, _) => Some(Operator::Times),
                (Operator::EltDivide, _) => Some(Operator::Divide),
                (Operator::EltPow, _) => Some(Operator::Pow),
                (Operator::Times, [a, b]) if a.ty.is_real_scalar() || b.ty.is_real_scalar() => Some(*op),
                (Operator::Divide, [_, b]) if b.ty.is_real_scalar() => Some(*op),
                _ => None,
            };
            op.map(|op| ExprKind::Call { callee: Callee::Operator(op), arguments: push(arguments) })
        }
        ExprKind::Call { callee: callee @ Callee::Library(name), arguments } if is_elementwise(name) => {
            Some(ExprKind::Call { callee: callee.clone(), arguments: push(arguments) })
        }
        ExprKind::Call { callee: Callee::Library(name), arguments }
            if matches!(name.as_str(), "rep_vector" | "rep_row_vector") && arguments[0].ty.is_real_scalar() =>
        {
            return arguments[0].clone();
        }
        ExprKind::Index { base, indices } => {
            // The first index that keeps a dimension takes the element.
            let position = indices.iter().position(|i| !matches!(i, Index::Single(_)));
            position.map(|position| {
                let mut indices = indices.clone();
                let one = match &indices[position] {
                    Index::From(first) | Index::Between(first, _) => at(first),
                    Index::Multi(list) => typed_element(list, at),
                    _ => at(&build::typed::int(1)),
                };
                indices[position] = Index::Single(one);
                ExprKind::Index { base: base.clone(), indices }
            })
        }
        _ => None,
    };
    let kind = kind.unwrap_or_else(|| ExprKind::Index {
        base: Box::new(e.clone()),
        indices: vec![Index::Single(at(&build::typed::int(1)))],
    });
    Expr { kind, ty, level: e.level, span: e.span }
}

fn is_flat(ty: &Type) -> bool {
    match ty {
        Type::Vector | Type::RowVector => true,
        Type::Array(element, 1) => element.is_real_scalar(),
        _ => false,
    }
}

/// Functions of one or more lists that give the list of their values.
fn is_elementwise(name: &str) -> bool {
    matches!(
        name,
        "exp"
            | "log"
            | "log1p"
            | "log1m"
            | "expm1"
            | "inv_logit"
            | "logit"
            | "log_inv_logit"
            | "log1m_inv_logit"
            | "sqrt"
            | "square"
            | "inv"
            | "inv_sqrt"
            | "abs"
            | "fabs"
            | "Phi"
            | "Phi_approx"
            | "inv_cloglog"
            | "inv_Phi"
            | "sin"
            | "cos"
            | "tanh"
            | "log10"
            | "log2"
            | "log1p_exp"
            | "exp2"
    )
}

fn rebuild(e: &Expr, op: Operator, parts: Vec<ast::Expr>, unparse: &Unparse) -> ast::Expr {
    // A scalar in the place of a list: `.*` becomes `*`.
    let op = match op {
        Operator::EltTimes => Operator::Times,
        Operator::EltDivide => Operator::Divide,
        Operator::EltPow => Operator::Pow,
        other => other,
    };
    let mut printed = unparse.expr(&Expr {
        kind: ExprKind::Call { callee: Callee::Operator(op), arguments: placeholder(parts.len(), e) },
        ..e.clone()
    });
    let mut parts = parts.into_iter();
    match &mut printed.kind {
        ast::ExprKind::Binary { left, right, .. } => {
            if let (Some(a), Some(b)) = (parts.next(), parts.next()) {
                (**left, **right) = (a, b);
            }
        }
        ast::ExprKind::Unary { operand, .. } => {
            if let Some(a) = parts.next() {
                **operand = a;
            }
        }
        _ => {}
    }
    printed
}

fn placeholder(count: usize, e: &Expr) -> Vec<Expr> {
    vec![Expr { kind: ExprKind::Int(0), ..e.clone() }; count]
}

/// `2 + (i - 1)` as `i + 1`.
pub fn simplified(e: ast::Expr) -> ast::Expr {
    crate::affine::Affine::of(&e).to_expr().unwrap_or(e)
}
