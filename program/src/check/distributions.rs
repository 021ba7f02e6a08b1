//! `~`, and truncation.

use super::calls::is_unnormalised;
use super::overloads::{Match, Mismatch, promote, promote_all};
use super::{Checker, Result_, Value};
use crate::typed::{Callee, Expr, ExprKind, Level, Operator, StatementKind, Truncation, Type};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;

impl Checker {
    pub(super) fn tilde(
        &mut self,
        outcome: &ast::Expr,
        distribution: &ast::Ident,
        arguments: &[ast::Expr],
        truncation: Option<&ast::Truncation>,
        span: Span,
    ) -> Result_<StatementKind> {
        let outcome_value = self.expression(outcome);
        let rest: Vec<_> = arguments.iter().map(|argument| self.expression(argument)).collect();
        let lower = self.truncation_bound(truncation.and_then(|t| t.lower.as_ref()));
        let upper = self.truncation_bound(truncation.and_then(|t| t.upper.as_ref()));
        let all: Vec<Value> = std::iter::once(outcome_value).chain(rest).collect::<Result_<_>>()?;
        let (lower, upper) = (lower?, upper?);
        let name = &distribution.name;
        self.check_name(distribution)?;
        if name.ends_with("_lpdf") || name.ends_with("_lpmf") || is_unnormalised(name) {
            let stem = &name[..name.rfind('_').unwrap_or(name.len())];
            let message = format!("the distribution right of `~` is named without suffix: `{stem}`");
            return Err(self.error(Diagnostic::error("E0512", distribution.span, message)));
        }
        self.check_target(span, "`~`")?;
        if name.ends_with("_cdf") || name.ends_with("_ccdf") {
            let message = format!("`{name}` is no distribution, but a distribution function");
            return Err(self.error(Diagnostic::error("E0512", span, message)));
        }
        if let Some(outcome) = all.first() {
            self.warn_nonlinear(&outcome.clone());
        }
        let (density, outcome, arguments) = self.density(distribution, outcome, arguments, all, span)?;
        let truncation = match truncation {
            Some(truncation) if lower.is_some() || upper.is_some() => {
                Some(self.truncation(distribution, lower, upper, &arguments, truncation.span, span)?)
            }
            _ => None,
        };
        let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
        Ok(StatementKind::Tilde { density, outcome: outcome.expr, arguments, truncation })
    }

    /// The density that `~` means, with promoted outcome and arguments.
    fn density(
        &mut self,
        distribution: &ast::Ident,
        outcome: &ast::Expr,
        arguments: &[ast::Expr],
        values: Vec<Value>,
        span: Span,
    ) -> Result_<(Callee, Value, Vec<Value>)> {
        let name = &distribution.name;
        let mut failures: Vec<Vec<(String, Mismatch)>> = Vec::new();
        let mut ambiguous = None;
        for (suffix, unnormalised) in [("_lpmf", "_lupmf"), ("_lpdf", "_lupdf")] {
            match self.resolve(&format!("{name}{suffix}"), &values) {
                Match::Unique { candidate, arguments: types, .. } => {
                    let callee = self.callee(&format!("{name}{unnormalised}"), candidate);
                    self.warn_about(&callee, distribution);
                    let dependences: Vec<_> = values.iter().map(|value| value.dependence.clone()).collect();
                    let mut promoted = promote_all(values, &types)
                        .into_iter()
                        .zip(dependences)
                        .map(|(expr, dependence)| Value { expr, dependence });
                    let Some(outcome) = promoted.next() else { return Err(super::Reported) };
                    return Ok((callee, outcome, promoted.collect()));
                }
                Match::Ambiguous(signatures) => ambiguous = Some(signatures),
                Match::None(nearest) => failures.push(nearest),
                Match::Unknown => {}
            }
        }
        if let Some(signatures) = ambiguous {
            return Err(self.ambiguous(name, &values, &signatures, span));
        }
        if let Some(nearest) = failures.into_iter().max_by_key(Vec::len) {
            return Err(self.no_signature(name, &values, &nearest, span));
        }
        let laplace = ast::Ident { name: format!("{name}_lupmf"), span: distribution.span };
        if super::higher_order::is_laplace(&laplace.name) {
            let written: Vec<&ast::Expr> = std::iter::once(outcome).chain(arguments).collect();
            let value = self.laplace_call(&laplace, &written, values, span)?;
            if let ExprKind::Call { callee, arguments } = value.expr.kind {
                let mut parts = arguments.into_iter().map(|expr| Value { dependence: value.dependence.clone(), expr });
                let Some(outcome) = parts.next() else { return Err(super::Reported) };
                return Ok((callee, outcome, parts.collect()));
            }
            return Err(super::Reported);
        }
        Err(self.unknown_distribution(distribution))
    }

    fn unknown_distribution(&mut self, distribution: &ast::Ident) -> super::Reported {
        let name = &distribution.name;
        let message = format!("no distribution is called `{name}`");
        let mut diagnostic = Diagnostic::error("E0513", distribution.span, message);
        if catalogue::is_function(name) || self.functions_by_name.contains_key(name) {
            diagnostic = diagnostic.with_hint(format!(
                "`{name}` is a function; a distribution is a function called `{name}_lpdf` or `{name}_lpmf`"
            ));
        } else if let Some(near) =
            self.nearest(&format!("{name}_lpdf")).or_else(|| self.nearest(&format!("{name}_lpmf")))
        {
            let stem = near.rsplit_once('_').map_or(near.as_str(), |(stem, _)| stem).to_string();
            if stem != *name {
                diagnostic = diagnostic.with_hint(format!("did you mean `{stem}`?"));
            }
        }
        self.error(diagnostic)
    }

    fn truncation_bound(&mut self, bound: Option<&ast::Expr>) -> Result_<Option<Value>> {
        let Some(bound) = bound else { return Ok(None) };
        let value = self.expression(bound)?;
        if value.ty().is_real_scalar() {
            return Ok(Some(value));
        }
        let message = format!("a bound of a truncation must be a number, not {}", value.ty());
        Err(self.error(Diagnostic::error("E0306", value.span(), message)))
    }

    fn truncation(
        &mut self,
        distribution: &ast::Ident,
        lower: Option<Value>,
        upper: Option<Value>,
        arguments: &[Value],
        at: Span,
        span: Span,
    ) -> Result_<Truncation> {
        let name = &distribution.name;
        let (mut lcdf, mut lccdf) = (None, None);
        let (mut lower, mut upper) = (lower, upper);
        for bound in [&mut lower, &mut upper].into_iter().flatten() {
            let given: Vec<Value> = std::iter::once(bound.clone()).chain(arguments.iter().cloned()).collect();
            for (suffix, callee) in [("_lcdf", &mut lcdf), ("_lccdf", &mut lccdf)] {
                let full = format!("{name}{suffix}");
                match self.resolve(&full, &given) {
                    Match::Unique { candidate, arguments: types, result: Some(Type::Real) } => {
                        *callee = Some(self.callee(&full, candidate));
                        if let Some(ty) = types.first() {
                            bound.expr = promote(bound.expr.clone(), ty);
                        }
                    }
                    _ => {
                        let message =
                            format!("`{name}` cannot be truncated here: it needs `{name}_lcdf` and `{name}_lccdf`");
                        let diagnostic = Diagnostic::error("E0412", span, message)
                            .with_label(at, "the truncation")
                            .with_hint(format!("no `{full}` takes a bound of type {} and these arguments", bound.ty()));
                        return Err(self.error(diagnostic));
                    }
                }
            }
        }
        let bound = |value: Option<Value>| value.map(|value| value.expr);
        Ok(Truncation { lower: bound(lower), upper: bound(upper), lcdf, lccdf, span: at })
    }

    /// Warns where the left of `~` is a nonlinear function of parameters, whose density needs a Jacobian.
    fn warn_nonlinear(&mut self, outcome: &Value) {
        if !outcome.dependence.on_parameters() || !is_nonlinear(&outcome.expr) {
            return;
        }
        let message = "the left of `~` is a nonlinear function of something that may depend on parameters";
        let warning = Diagnostic::warning("W0401", outcome.span(), message)
            .with_hint("if it does, the log of the derivative of that function must be added: `jacobian += ...`");
        self.warn(warning);
    }
}

/// Functions that are not linear in their argument, of those that are put left of `~`.
const NONLINEAR: &[&str] = &[
    "exp",
    "log",
    "log10",
    "log2",
    "log1p",
    "log1m",
    "log1p_exp",
    "log1m_exp",
    "expm1",
    "exp2",
    "inv",
    "inv_logit",
    "inv_sqrt",
    "inv_square",
    "logit",
    "pow",
    "sqrt",
    "square",
    "Phi",
    "Phi_approx",
    "inv_Phi",
    "inv_cloglog",
    "softmax",
    "log_softmax",
    "tgamma",
    "lgamma",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "log_inv_logit",
    "log1m_inv_logit",
];

fn is_nonlinear(e: &Expr) -> bool {
    let depends = |e: &Expr| e.level == Level::Parameter;
    match &e.kind {
        ExprKind::Promote(inner) => is_nonlinear(inner),
        ExprKind::Index { base, .. } => is_nonlinear(base),
        ExprKind::Call { callee, arguments } => match (callee, arguments.as_slice()) {
            (Callee::Library(name), _) if NONLINEAR.contains(&name.as_str()) => true,
            (Callee::Operator(Operator::Times | Operator::EltTimes), [a, b]) => depends(a) && depends(b),
            (Callee::Operator(Operator::Divide | Operator::EltDivide), [_, b]) => depends(b),
            (Callee::Operator(Operator::Pow | Operator::EltPow), _) => true,
            (Callee::Operator(_), arguments) => arguments.iter().any(is_nonlinear),
            _ => false,
        },
        _ => false,
    }
}
