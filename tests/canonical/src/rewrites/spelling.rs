//! Numbers and functions in other spellings.

use crate::dice::Dice;
use crate::places::rewrite;
use crate::syntax::{bare, binary, call, int, minus, real, text, transpose};
use crate::types::{Ty, scope};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program};

/// `1` is `1.0` and `1e0`; `2.5` is `25e-1`.
pub fn numbers(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite(program, dice, &mut |e, dice| match &e.kind {
        ExprKind::Int(digits) => Some(real(&match dice.below(4) {
            0 => format!("{digits}.0"),
            1 => format!("{digits}e0"),
            2 => format!("{digits}0e-1"),
            _ => format!("0.{:0>4}e4", digits),
        })),
        ExprKind::Real(digits) if !digits.contains('e') => {
            let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
            Some(real(&match dice.below(3) {
                0 => format!("{whole}.{part}00"),
                1 => format!("{whole}{part}e-{}", part.len()),
                _ => format!("{digits}e+0"),
            }))
        }
        _ => None,
    })
}

/// `square(x)` is `x * x` and `x ^ 2`; `inv(x)` is `1 / x`; and so on.
pub fn functions(program: &mut Program, dice: &mut Dice) -> bool {
    use BinaryOp as B;
    let scope = scope(program);
    rewrite(program, dice, &mut |e, dice| {
        let vector = |e: &Expr| scope.ty(e).is_some_and(|ty| matches!(ty, Ty::Vector(_)));
        match &e.kind {
            ExprKind::Call { name, arguments } => {
                let x = arguments.first()?;
                let (times, over, pow) = match vector(x) {
                    true => (B::EltTimes, B::EltDivide, B::EltPow),
                    false => (B::Times, B::Divide, B::Pow),
                };
                let x = x.clone();
                let half = || real("0.5");
                match (name.name.as_str(), dice.below(2)) {
                    ("square", 0) => Some(binary(times, x.clone(), x)),
                    ("square", _) => Some(binary(pow, x, int(2))),
                    ("sqrt", _) => Some(binary(pow, x, half())),
                    ("inv", _) => Some(binary(over, real("1.0"), x)),
                    ("inv_sqrt", _) => Some(binary(pow, x, minus(half()))),
                    ("inv_square", _) => Some(binary(pow, x, minus(int(2)))),
                    ("exp", 0) => Some(call("inv", vec![call("exp", vec![minus(x)])])),
                    ("exp", _) => match &bare(&x).kind {
                        ExprKind::Unary { operand, .. } => {
                            Some(binary(over, real("1.0"), call("exp", vec![(**operand).clone()])))
                        }
                        _ => None,
                    },
                    ("log1m", _) => Some(call("log", vec![binary(B::Minus, int(1), x)])),
                    ("log1p", _) => Some(call("log", vec![binary(B::Plus, int(1), x)])),
                    ("log", 0) => Some(minus(call("log", vec![call("inv", vec![x])]))),
                    ("dot_product", choice) => {
                        let row = matches!(scope.ty(&x), Some(Ty::Row(_)));
                        let (row, column) = if row { (x.clone(), transpose(x)) } else { (transpose(x.clone()), x) };
                        Some(match choice {
                            0 => binary(B::Times, row, arguments[1].clone()),
                            _ => call("sum", vec![binary(B::EltTimes, column, arguments[1].clone())]),
                        })
                    }
                    ("log_mix", _) => {
                        let rest = binary(B::Minus, int(1), x);
                        Some(call("log_mix", vec![rest, arguments[2].clone(), arguments[1].clone()]))
                    }
                    _ => None,
                }
            }
            ExprKind::Binary { op: op @ (B::Times | B::EltTimes), left, right } if text(left) == text(right) => {
                match dice.below(2) {
                    0 => Some(call("square", vec![(**left).clone()])),
                    _ => Some(binary(if *op == B::Times { B::Pow } else { B::EltPow }, (**left).clone(), int(2))),
                }
            }
            ExprKind::Binary { op: B::Divide | B::EltDivide, left, right } => {
                let times = if vector(left) && vector(right) { B::EltTimes } else { B::Times };
                Some(binary(times, (**left).clone(), call("inv", vec![(**right).clone()])))
            }
            ExprKind::Unary { operand, .. } => Some(binary(B::Times, int(-1), (**operand).clone())),
            ExprKind::Binary { op: B::Times, left, right }
                if matches!(scope.ty(left), Some(Ty::Real)) && vector(right) =>
            {
                match dice.below(4) {
                    0 => Some(binary(
                        B::EltTimes,
                        call("rep_vector", vec![(**left).clone(), scope.ty(right)?.size()?.clone()]),
                        (**right).clone(),
                    )),
                    1 => Some(binary(B::EltDivide, (**right).clone(), call("inv", vec![(**left).clone()]))),
                    2 => Some(minus(binary(B::Times, (**left).clone(), minus((**right).clone())))),
                    _ => Some(binary(B::Divide, (**right).clone(), call("inv", vec![(**left).clone()]))),
                }
            }
            _ => None,
        }
    })
}
