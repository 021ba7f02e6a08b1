//! Sums and products the other way round, and with other parentheses.

use crate::dice::Dice;
use crate::places::rewrite;
use crate::syntax::{bare, binary, minus};
use crate::types::{Scope, Ty, scope};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program};

/// The operator and operands of an expression.
fn parts(e: &Expr) -> Option<(BinaryOp, &Expr, &Expr)> {
    match &bare(e).kind {
        ExprKind::Binary { op, left, right } => Some((*op, left, right)),
        _ => None,
    }
}

fn scalar(scope: &Scope, e: &Expr) -> bool {
    scope.ty(e).is_some_and(|ty| ty.is_scalar())
}

/// `a + b` is `b + a`, `a * b` is `b * a` unless both are containers.
pub fn commute(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite(program, dice, &mut |e, _| {
        let (op, a, b) = parts(e)?;
        let commutes = match op {
            BinaryOp::Plus | BinaryOp::EltTimes => scope.ty(a).is_some() && scope.ty(b).is_some(),
            BinaryOp::Times => scalar(&scope, a) || scalar(&scope, b),
            _ => false,
        };
        commutes.then(|| binary(op, b.clone(), a.clone()))
    })
}

/// `(a + b) + c` is `a + (b + c)`, and so on with products and differences.
pub fn associate(program: &mut Program, dice: &mut Dice) -> bool {
    use BinaryOp as B;
    let scope = scope(program);
    rewrite(program, dice, &mut |e, dice| {
        let (op, a, b) = parts(e)?;
        let vector = |e: &Expr| matches!(scope.ty(e), Some(Ty::Vector(_)));
        let (left, right) = (parts(a), parts(b));
        match (op, left, right) {
            (B::Plus, Some((B::Plus, x, y)), _) if dice.chance(0.5) => {
                Some(binary(B::Plus, x.clone(), binary(B::Plus, y.clone(), b.clone())))
            }
            (B::Plus, _, Some((B::Plus, x, y))) => {
                Some(binary(B::Plus, binary(B::Plus, a.clone(), x.clone()), y.clone()))
            }
            (B::Plus, _, Some((B::Minus, x, y))) => {
                Some(binary(B::Minus, binary(B::Plus, a.clone(), x.clone()), y.clone()))
            }
            (B::Minus, _, Some((B::Plus, x, y))) => {
                Some(binary(B::Minus, binary(B::Minus, a.clone(), x.clone()), y.clone()))
            }
            (B::Minus, _, _) if dice.chance(0.5) => Some(minus(binary(B::Minus, b.clone(), a.clone()))),
            (B::Minus, _, _) => Some(binary(B::Plus, a.clone(), minus(b.clone()))),
            // a (x y) = (a x) y for numbers a
            (B::Times, _, Some((inner @ (B::Times | B::EltTimes), x, y)))
                if scalar(&scope, a) && (inner == B::EltTimes || scalar(&scope, x)) =>
            {
                Some(binary(inner, binary(B::Times, a.clone(), x.clone()), y.clone()))
            }
            (B::EltTimes, _, Some((B::EltTimes, x, y))) => {
                Some(binary(B::EltTimes, binary(B::EltTimes, a.clone(), x.clone()), y.clone()))
            }
            (B::EltTimes, Some((B::Times, x, y)), _) if scalar(&scope, x) && vector(y) => {
                Some(binary(B::Times, x.clone(), binary(B::EltTimes, y.clone(), b.clone())))
            }
            // a (M v) = M (a v)
            (B::Times, _, Some((B::Times, x, y))) if scalar(&scope, a) && vector(y) => {
                Some(binary(B::Times, x.clone(), binary(B::Times, a.clone(), y.clone())))
            }
            (B::Divide, _, _)
                if scalar(&scope, b) && !matches!((scope.ty(a), scope.ty(b)), (Some(Ty::Int), Some(Ty::Int))) =>
            {
                let one = crate::syntax::real("1.0");
                Some(binary(B::Times, binary(B::Divide, one, b.clone()), a.clone()))
            }
            _ => None,
        }
    })
}
