//! Changes of a program that another model may come from: its canonical text must differ where the density does.

use crate::dice::Dice;
use crate::places::{rewrite, rewrite_statements};
use crate::syntax::{binary, call, real, tilde, var};
use crate::types::{Ty, scope};
use ppl_grammar::ast::{BinaryOp, ExprKind, Program, StatementKind};

/// Changes a program somewhere at random; false where it has no place for this.
pub type Mutation = fn(&mut Program, &mut Dice) -> bool;

/// Mistakes, by name.
pub const MUTATIONS: [(&str, Mutation); 8] = [
    ("another number", number),
    ("another family", family),
    ("a dropped statement", statement),
    ("a dropped term", term),
    ("another column", column),
    ("another sign", sign),
    ("exchanged arguments", arguments),
    ("another function", function),
];

fn number(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite(program, dice, &mut |e, dice| match &e.kind {
        ExprKind::Int(digits) | ExprKind::Real(digits) => {
            let value: f64 = digits.parse().ok()?;
            Some(real(&format!("{:?}", value * *dice.pick(&[&1.5, &2.0, &1.001]) + *dice.pick(&[&0.0, &0.25]))))
        }
        _ => None,
    })
}

fn family(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite_statements(program, dice, &mut |s, _| match &s.kind {
        StatementKind::Tilde { arg, distribution, arguments, .. } => {
            let other = match distribution.name.as_str() {
                "normal" => "logistic",
                "logistic" => "double_exponential",
                "double_exponential" | "cauchy" => "normal",
                "gamma" => "inv_gamma",
                "inv_gamma" | "lognormal" => "gamma",
                "poisson_log" => "poisson",
                "bernoulli_logit" => return Some(vec![tilde(arg.clone(), "poisson_log", arguments.clone())]),
                "exponential" => "chi_square",
                _ => return None,
            };
            let arguments: Vec<_> = match other {
                "poisson" => vec![call("square", arguments.clone())],
                _ => arguments.clone(),
            };
            Some(vec![tilde(arg.clone(), other, arguments)])
        }
        _ => None,
    })
}

fn statement(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite_statements(program, dice, &mut |s, _| {
        matches!(s.kind, StatementKind::Tilde { .. } | StatementKind::TargetPlus(_)).then(Vec::new)
    })
}

fn term(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite(program, dice, &mut |e, dice| match &e.kind {
        ExprKind::Binary { op: BinaryOp::Plus | BinaryOp::Times | BinaryOp::EltTimes, left, right } => {
            // what is left has the shape of the whole
            let whole = std::mem::discriminant(&scope.ty(e)?);
            let mut kept = [left, right]
                .into_iter()
                .filter(|part| scope.ty(part).is_some_and(|ty| std::mem::discriminant(&ty) == whole));
            let first = kept.next()?;
            let second = kept.next().unwrap_or(first);
            Some(if dice.chance(0.5) { (**first).clone() } else { (**second).clone() })
        }
        _ => None,
    })
}

fn column(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite(program, dice, &mut |e, dice| match &e.kind {
        ExprKind::Variable(name)
            if matches!(scope.variables.get(name), Some(Ty::Vector(_))) && name.starts_with('x') =>
        {
            let others: Vec<&String> =
                scope.data.iter().filter(|other| other.starts_with('x') && *other != name).collect();
            (!others.is_empty()).then(|| var(others[dice.below(others.len())]))
        }
        _ => None,
    })
}

fn sign(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite(program, dice, &mut |e, _| match &e.kind {
        ExprKind::Binary { op: BinaryOp::Plus, left, right } => {
            Some(binary(BinaryOp::Minus, (**left).clone(), (**right).clone()))
        }
        _ => None,
    })
}

fn arguments(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite_statements(program, dice, &mut |s, _| match &s.kind {
        StatementKind::Tilde { arg, distribution, arguments, .. } => match arguments.as_slice() {
            [a, b] if distribution.name.contains("gamma") || distribution.name == "beta" => {
                Some(vec![tilde(arg.clone(), &distribution.name, vec![b.clone(), a.clone()])])
            }
            _ => None,
        },
        _ => None,
    })
}

fn function(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite(program, dice, &mut |e, _| match &e.kind {
        ExprKind::Call { name, arguments } => {
            let other = match name.name.as_str() {
                "square" => "exp",
                "exp" => "square",
                "log" => "sqrt",
                "inv_logit" => "Phi",
                _ => return None,
            };
            Some(call(other, arguments.clone()))
        }
        _ => None,
    })
}
