//! Regressions as one function of the table and the coefficients, and apart.

use crate::dice::Dice;
use crate::places::rewrite_statements;
use crate::syntax::{bare, binary, int, tilde};
use crate::types::{Scope, Ty, scope};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Program, StatementKind};

/// `y ~ normal(a + X * b, s)` is `y ~ normal_id_glm(X, a, b, s)`, and so on.
pub fn compose(program: &mut Program, dice: &mut Dice) -> bool {
    let scope = scope(program);
    rewrite_statements(program, dice, &mut |s, _| {
        let StatementKind::Tilde { arg, distribution, arguments, .. } = &s.kind else { return None };
        let (name, before, after) = match distribution.name.as_str() {
            "normal" => ("normal_id_glm", 0, 1),
            "poisson_log" => ("poisson_log_glm", 0, 0),
            "bernoulli_logit" => ("bernoulli_logit_glm", 0, 0),
            "neg_binomial_2_log" => ("neg_binomial_2_log_glm", 0, 1),
            "binomial_logit" => ("binomial_logit_glm", 1, 0),
            _ => return None,
        };
        // the dispersion of counts is one number there
        if name == "neg_binomial_2_log_glm" && !scope.ty(arguments.last()?)?.is_scalar() {
            return None;
        }
        let mut terms = Vec::new();
        summands(&arguments[before], &mut terms);
        let place = terms.iter().position(|term| table(&scope, term).is_some())?;
        let (matrix, weights) = table(&scope, &terms.remove(place))?;
        let intercept = terms.into_iter().reduce(|a, b| binary(BinaryOp::Plus, a, b)).unwrap_or_else(|| int(0));
        let mut all = arguments[..before].to_vec();
        all.extend([matrix, intercept, weights]);
        all.extend_from_slice(&arguments[before + 1..before + 1 + after]);
        Some(vec![tilde(arg.clone(), name, all)])
    })
}

/// The terms of a sum.
fn summands(e: &Expr, terms: &mut Vec<Expr>) {
    match &bare(e).kind {
        ExprKind::Binary { op: BinaryOp::Plus, left, right } => {
            summands(left, terms);
            summands(right, terms);
        }
        _ => terms.push(e.clone()),
    }
}

/// Matrix and vector of a product.
fn table(scope: &Scope, e: &Expr) -> Option<(Expr, Expr)> {
    match &bare(e).kind {
        ExprKind::Binary { op: BinaryOp::Times, left, right } => match scope.ty(left)? {
            Ty::Matrix(..) => Some(((**left).clone(), (**right).clone())),
            _ => None,
        },
        _ => None,
    }
}
