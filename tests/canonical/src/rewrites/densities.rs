//! Densities under other names and as increments of the log density.

use crate::dice::Dice;
use crate::places::{rewrite, rewrite_statements};
use crate::syntax::{bare, binary, call, expr, ident, int, real, statement, tilde};
use crate::types::{Scope, Ty, scope};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program, StatementKind};

/// Another spelling of a family with its arguments.
fn respell(scope: &Scope, family: &str, a: &[Expr]) -> Option<(&'static str, Vec<Expr>)> {
    let is = |e: &Expr, value: f64| number(e) == Some(value);
    let inside = |e: &Expr, name: &str| match &bare(e).kind {
        ExprKind::Call { name: own, arguments } if own.name == name => Some(arguments[0].clone()),
        _ => None,
    };
    let times = |a: &Expr, b: &Expr| {
        let both = [a, b].iter().all(|e| !scope.ty(e).is_some_and(|ty| ty.is_scalar()));
        binary(if both { BinaryOp::EltTimes } else { BinaryOp::Times }, a.clone(), b.clone())
    };
    match (family, a) {
        ("normal", [m, s]) if is(m, 0.0) && is(s, 1.0) => Some(("std_normal", vec![])),
        ("std_normal", []) => Some(("normal", vec![int(0), int(1)])),
        ("cauchy", [m, s]) => Some(("student_t", vec![int(1), m.clone(), s.clone()])),
        ("student_t", [nu, m, s]) if is(nu, 1.0) => Some(("cauchy", vec![m.clone(), s.clone()])),
        ("exponential", [rate]) => Some(("gamma", vec![int(1), rate.clone()])),
        ("gamma", [shape, rate]) if is(shape, 1.0) => Some(("exponential", vec![rate.clone()])),
        ("weibull", [shape, scale]) if is(shape, 1.0) => Some(("exponential", vec![call("inv", vec![scale.clone()])])),
        ("bernoulli_logit", [eta]) => Some(("bernoulli", vec![call("inv_logit", vec![eta.clone()])])),
        ("bernoulli", [p]) => inside(p, "inv_logit").map(|eta| ("bernoulli_logit", vec![eta])),
        ("binomial_logit", [n, eta]) => Some(("binomial", vec![n.clone(), call("inv_logit", vec![eta.clone()])])),
        ("binomial", [n, p]) => inside(p, "inv_logit").map(|eta| ("binomial_logit", vec![n.clone(), eta])),
        ("poisson_log", [eta]) => Some(("poisson", vec![call("exp", vec![eta.clone()])])),
        ("poisson", [mean]) => inside(mean, "exp").map(|eta| ("poisson_log", vec![eta])),
        ("neg_binomial_2_log", [eta, phi]) => {
            Some(("neg_binomial_2", vec![call("exp", vec![eta.clone()]), phi.clone()]))
        }
        ("neg_binomial_2", [mean, phi]) => {
            inside(mean, "exp").map(|eta| ("neg_binomial_2_log", vec![eta, phi.clone()]))
        }
        ("beta_proportion", [mean, size]) => {
            let rest = binary(BinaryOp::Minus, int(1), mean.clone());
            Some(("beta", vec![times(mean, size), times(&rest, size)]))
        }
        ("beta", [a, b]) if is(a, 2.0) && is(b, 2.0) => Some(("beta_proportion", vec![real("0.5"), int(4)])),
        _ => None,
    }
}

fn number(e: &Expr) -> Option<f64> {
    match &bare(e).kind {
        ExprKind::Int(digits) | ExprKind::Real(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Densities under another name, in statements and in terms.
pub fn families(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    let statements = rewrite_statements(program, dice, &mut |s, _| match &s.kind {
        StatementKind::Tilde { arg, distribution, arguments, truncation: None } => {
            let (name, arguments) = respell(&scope, &distribution.name, arguments)?;
            Some(vec![tilde(arg.clone(), name, arguments)])
        }
        _ => None,
    });
    let terms = rewrite(program, dice, &mut |e, _| match &e.kind {
        ExprKind::Conditional { name, outcome, arguments } => {
            let (family, suffix) = name.name.rsplit_once('_')?;
            let (family, arguments) = respell(&scope, family, arguments)?;
            let name = ident(&format!("{family}_{suffix}"));
            Some(expr(ExprKind::Conditional { name, outcome: outcome.clone(), arguments }))
        }
        _ => None,
    });
    statements || terms
}

/// `y ~ f(a)` is `target += f_lpdf(y | a)`, and the other way round; sums are added in one go or one by one.
pub fn increments(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite_statements(program, dice, &mut |s, dice| match &s.kind {
        StatementKind::Tilde { arg, distribution, arguments, truncation: None } => {
            let discrete = matches!(scope.ty(arg)?, Ty::Int | Ty::Ints(_));
            let dropped = if dice.chance(0.5) { "u" } else { "" };
            let kind = if discrete { "pmf" } else { "pdf" };
            let name = ident(&format!("{}_l{dropped}{kind}", distribution.name));
            let outcome = Box::new(arg.clone());
            let density = expr(ExprKind::Conditional { name, outcome, arguments: arguments.clone() });
            let increment = |e| statement(StatementKind::TargetPlus(e));
            Some(match dice.below(4) {
                // with a constant beside it
                0 => vec![increment(binary(BinaryOp::Minus, density, call("log", vec![int(2)])))],
                1 => vec![increment(crate::syntax::minus(crate::syntax::minus(density)))],
                _ => vec![increment(density)],
            })
        }
        StatementKind::TargetPlus(e) => match &bare(e).kind {
            ExprKind::Conditional { name, outcome, arguments } => {
                let (family, suffix) = name.name.rsplit_once('_')?;
                let plain = ["lpdf", "lpmf", "lupdf", "lupmf"].contains(&suffix);
                plain.then(|| vec![tilde((**outcome).clone(), family, arguments.clone())])
            }
            _ => None,
        },
        _ => None,
    })
}
