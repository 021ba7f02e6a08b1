//! What Stan's language once was, and how to write it now.

use crate::ast::*;

/// `target <- value` reads as `target < -value`: the value, where `right` is what follows such a `<`.
///
/// The minus is the first token of `right`, so it stands at the left end of whatever `right` is.
pub fn arrow(left: &Expr, right: &Expr) -> Option<Expr> {
    if right.span.file != left.span.file {
        return None;
    }
    match &right.kind {
        ExprKind::Unary { op: UnaryOp::Minus, operand } => Some(operand.as_ref().clone()),
        ExprKind::Binary { op, left: first, right: rest } => {
            let first = Box::new(arrow(left, first)?);
            let kind = ExprKind::Binary { op: *op, left: first, right: rest.clone() };
            Some(Expr { kind, span: right.span })
        }
        _ => None,
    }
}

/// The new spelling of a function that was removed from the language, to be shown where an unknown function is called.
pub fn removed_function(name: &str) -> Option<&'static str> {
    Some(match name {
        "increment_log_prob" => "target += ...",
        "get_lp" => "target()",
        "if_else" => "condition ? a : b",
        "multiply_log" => "lmultiply",
        "binomial_coefficient_log" => "lchoose",
        "cov_exp_quad" => "gp_exp_quad_cov",
        "integrate_ode" => "ode_rk45",
        "integrate_ode_rk45" => "ode_rk45 or ode_rk45_tol",
        "integrate_ode_bdf" => "ode_bdf or ode_bdf_tol",
        "integrate_ode_adams" => "ode_adams or ode_adams_tol",
        "fabs" => "abs",
        _ => return None,
    })
}
