//! What Stan's language once was, and how to write it now.

use std::collections::HashSet;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::walk::{VisitMut, walk_program};

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

/// The codes of what [`modernize`] and the parser turn into its new spelling.
pub const FIXABLE: [&str; 5] = ["E0004", "E0120", "E0121", "E0124", "E0125"];

/// Writes calls of removed functions anew, where that is possible without knowing types. Whatever `check` has found is
/// gone afterwards, but for `lp__`.
pub(crate) fn modernize(program: &mut Program) {
    let own = own_functions(program);
    walk_program(&mut Modernizer { own }, program);
}

struct Modernizer {
    own: HashSet<String>,
}

impl VisitMut for Modernizer {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Call { name, arguments } = &mut e.kind else {
            return;
        };
        if self.own.contains(&name.name) {
            return;
        }
        let renamed = match (name.name.as_str(), arguments.as_mut_slice()) {
            ("multiply_log", _) => "lmultiply",
            ("binomial_coefficient_log", _) => "lchoose",
            ("cov_exp_quad", _) => "gp_exp_quad_cov",
            ("fabs", _) => "abs",
            ("get_lp", []) => {
                e.kind = ExprKind::Target;
                return;
            }
            ("if_else", [condition, then, otherwise]) => {
                let take = |e: &mut Expr| {
                    let span = e.span;
                    Box::new(std::mem::replace(e, Expr { kind: ExprKind::Error, span }))
                };
                let (condition, then, otherwise) = (take(condition), take(then), take(otherwise));
                let inner = Expr { kind: ExprKind::Ternary { condition, then, otherwise }, span: e.span };
                e.kind = ExprKind::Paren(Box::new(inner));
                return;
            }
            _ => return,
        };
        name.name = renamed.to_string();
    }

    fn statement(&mut self, statement: &mut Statement) {
        let StatementKind::Call { name, arguments } = &mut statement.kind else {
            return;
        };
        if name.name == "increment_log_prob"
            && !self.own.contains(&name.name)
            && arguments.len() == 1
            && let Some(value) = arguments.pop()
        {
            statement.kind = StatementKind::TargetPlus(value);
        }
    }
}

fn own_functions(program: &Program) -> HashSet<String> {
    program.functions.iter().flat_map(|block| &block.items).map(|function| function.name.name.clone()).collect()
}

/// What to write instead of a call of a function that was removed from the language.
pub fn removed_function(name: &str) -> Option<String> {
    let new = match name {
        "increment_log_prob" => "target += ...;",
        "get_lp" => "target()",
        "if_else" => "condition ? a : b",
        "multiply_log" => "lmultiply(x, y)",
        "binomial_coefficient_log" => "lchoose(n, k)",
        "cov_exp_quad" => "gp_exp_quad_cov(x, alpha, rho)",
        "fabs" => "abs(x)",
        _ => return removed_density(name),
    };
    Some(new.to_string())
}

/// `normal_log`, `normal_cdf_log`, `normal_ccdf_log`.
fn removed_density(name: &str) -> Option<String> {
    // Functions that end so for other reasons.
    if matches!(name, "poisson_log" | "neg_binomial_2_log" | "log") {
        return None;
    }
    let (family, suffix) = None
        .or_else(|| Some((name.strip_suffix("_ccdf_log")?, "lccdf")))
        .or_else(|| Some((name.strip_suffix("_cdf_log")?, "lcdf")))
        .or_else(|| Some((name.strip_suffix("_log")?, if is_discrete(name) { "lpmf" } else { "lpdf" })))?;
    Some(format!("{family}_{suffix}(y | ...)"))
}

fn is_discrete(name: &str) -> bool {
    const DISCRETE: [&str; 9] = [
        "bernoulli",
        "binomial",
        "beta_binomial",
        "categorical",
        "hypergeometric",
        "multinomial",
        "neg_binomial",
        "ordered",
        "poisson",
    ];
    DISCRETE.iter().any(|family| name.starts_with(family))
}

/// What to use instead of a function that is still there, but not for new programs.
pub fn deprecated_function(name: &str) -> Option<&'static str> {
    Some(match name {
        "integrate_ode" | "integrate_ode_rk45" => "ode_rk45 or ode_rk45_tol",
        "integrate_ode_bdf" => "ode_bdf or ode_bdf_tol",
        "integrate_ode_adams" => "ode_adams or ode_adams_tol",
        "lkj_cov" | "lkj_cov_lpdf" => "lkj_corr with lognormal scales",
        _ => return None,
    })
}

/// Finds uses of what was removed: functions, unless the program has its own of that name, and `lp__`.
pub(crate) fn check(program: &mut Program, diagnostics: &mut Vec<Diagnostic>) {
    let own = own_functions(program);
    let mut finder = Finder { own, diagnostics };
    walk_program(&mut finder, program);
}

struct Finder<'a> {
    own: HashSet<String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Finder<'_> {
    fn call(&mut self, name: &Ident) {
        // Densities are left to the checker, which knows the families.
        if removed_density(&name.name).is_some() || self.own.contains(&name.name) {
            return;
        }
        if let Some(new) = removed_function(&name.name) {
            let message = format!("the function `{}` was removed from the language", name.name);
            self.diagnostics.push(Diagnostic::error("E0125", name.span, message).with_hint(format!("write `{new}`")));
        }
    }

    fn variable(&mut self, name: &str, span: Span) {
        if name == "lp__" {
            let diagnostic = Diagnostic::error("E0125", span, "`lp__` was removed from the language")
                .with_hint("write `target += ...;` to add to the log density, and `target()` to read it");
            self.diagnostics.push(diagnostic);
        }
    }
}

impl VisitMut for Finder<'_> {
    fn expr(&mut self, e: &mut Expr) {
        match &e.kind {
            ExprKind::Call { name, .. } => self.call(name),
            ExprKind::Variable(name) => self.variable(name, e.span),
            _ => {}
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        match &statement.kind {
            StatementKind::Call { name, .. } => self.call(name),
            StatementKind::Assign { target: LValue { kind: LValueKind::Variable(name), .. }, .. } => {
                self.variable(&name.name, name.span);
            }
            _ => {}
        }
    }
}
