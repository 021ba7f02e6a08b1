//! `y ~ gaussian_dlm_obs(F, G, V, W, m0, C0)` as statements that run the model forwards.
//!
//! The density is the marginal one of y under `x[0] ~ N(m0, C0)`, `x[t] ~ N(G x[t - 1], W)`, `y[, t] ~ N(F' x[t], V)`: the Kalman filter
//! integrates the states out, so drawing states and then observations draws y (West & Harrison 1997, ch. 4). W and V may be singular,
//! or V the vector of its diagonal.

use super::Text;
use crate::build;
use crate::step::Draw;
use ppl_grammar::ast;
use ppl_grammar::ast::BinaryOp as Op;
use ppl_grammar::span::Span;
use ppl_program::typed::*;

/// # Errors
/// Why the outcome cannot be drawn.
pub fn statements(text: &mut Text, draw: &Draw) -> Result<Vec<ast::Statement>, String> {
    let [f, g, v, w, m0, c0] = draw.arguments.as_slice() else {
        return Err("`gaussian_dlm_obs` with other arguments than six".to_string());
    };
    if !draw.place.seen_through.is_empty() || draw.truncation.is_some() {
        return Err("a state-space model of a function of data".to_string());
    }
    let [state, t] = ["state", "t"].map(|wish| text.fresh(wish));
    let print = |e: &Expr| text.unparse().expr(e);
    let name = text.name(draw.place.variable);
    let times = |a, b| build::binary(Op::Times, a, b);
    let plus = |a, b| build::binary(Op::Plus, a, b);
    let now = || build::variable(&state);
    let dimension = build::call("rows", vec![print(g)]);
    let first = build::call("multi_normal_rng", vec![print(m0), print(c0)]);
    let moved = plus(times(print(g), now()), noise(&print(w), &w.ty));
    let observed = plus(times(build::transpose(print(f)), now()), noise(&print(v), &v.ty));
    let column = vec![ast::Index::All(Span::default()), ast::Index::Single(build::variable(&t))];
    let target = build::lvalue_at(draw.place.lvalue(&text.unparse(), name), column);
    let columns = build::call("cols", vec![draw.place.expr(&text.unparse(), name)]);
    let body = vec![build::assign(build::lvalue(&state), moved), build::assign(target, observed)];
    Ok(vec![build::block(vec![
        build::declare(ast::SizedTypeKind::Vector(dimension), &state, Some(first)),
        build::for_loop(&t, build::int(1), columns, body),
    ])])
}

/// A draw of N(0, S): by the square root of S, which need not be invertible.
fn noise(s: &ast::Expr, ty: &Type) -> ast::Expr {
    let standard = |size: ast::Expr| {
        let zeros = build::call("rep_vector", vec![build::int(0), size]);
        build::call("to_vector", vec![build::call("normal_rng", vec![zeros, build::int(1)])])
    };
    let scaled = |variances: ast::Expr, size: ast::Expr| {
        build::binary(Op::EltTimes, build::call("sqrt", vec![variances]), standard(size))
    };
    if *ty == Type::Vector {
        return scaled(s.clone(), build::call("size", vec![s.clone()]));
    }
    // Rounding may leave an eigenvalue of zero a hair below it.
    let values = build::call("fmax", vec![build::call("eigenvalues_sym", vec![s.clone()]), build::int(0)]);
    let vectors = build::call("eigenvectors_sym", vec![s.clone()]);
    build::binary(
        Op::Times,
        vectors,
        build::expr(ast::ExprKind::Paren(Box::new(scaled(values, build::call("rows", vec![s.clone()]))))),
    )
}
