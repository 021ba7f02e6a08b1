//! Calls: which function a name means, and where functions of which suffix may be called.

use super::expressions::describe_arguments;
use super::levels::Dependence;
use super::overloads::{Candidate, Match, promote_all};
use super::scope::Block;
use super::{Checker, Reported, Result_, Value};
use crate::typed::{Callee, Expr, ExprKind, Form, FunctionKind, StatementKind, Type};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue::{self, Kind};
use std::borrow::Cow;

/// Endings of names that are called with `|` after the first argument.
const CONDITIONAL: &[&str] = &["_lpdf", "_lupdf", "_lupmf", "_lpmf", "_cdf", "_lcdf", "_lccdf"];

pub(super) fn is_conditional(name: &str) -> bool {
    CONDITIONAL.iter().any(|suffix| name.ends_with(suffix))
}

pub(super) fn is_unnormalised(name: &str) -> bool {
    name.ends_with("_lupdf") || name.ends_with("_lupmf")
}

/// The name under which a density is declared: `_lpdf` for `_lupdf`.
pub(super) fn normalised(name: &str) -> Cow<'_, str> {
    if let Some(stem) = name.strip_suffix("_lupdf") {
        Cow::Owned(format!("{stem}_lpdf"))
    } else if let Some(stem) = name.strip_suffix("_lupmf") {
        Cow::Owned(format!("{stem}_lpmf"))
    } else {
        Cow::Borrowed(name)
    }
}

/// What the name of a user-defined function says it is.
pub(super) fn function_kind(name: &str) -> FunctionKind {
    let suffixes = [
        ("_rng", FunctionKind::Rng),
        ("_lp", FunctionKind::Lp),
        ("_jacobian", FunctionKind::Jacobian),
        ("_lpdf", FunctionKind::Lpdf),
        ("_lupdf", FunctionKind::Lpdf),
        ("_lpmf", FunctionKind::Lpmf),
        ("_lupmf", FunctionKind::Lpmf),
        ("_lcdf", FunctionKind::Cdf),
        ("_lccdf", FunctionKind::Cdf),
        ("_cdf", FunctionKind::Cdf),
    ];
    suffixes.iter().find(|(suffix, _)| name.ends_with(suffix)).map_or(FunctionKind::Plain, |(_, kind)| *kind)
}

/// Which function of a distribution a name means, and the name of the distribution.
pub(super) fn form(name: &str) -> (&str, Form) {
    let suffixes = [
        ("_lpdf", Form::Log),
        ("_lpmf", Form::Log),
        ("_lupdf", Form::LogUnnormalised),
        ("_lupmf", Form::LogUnnormalised),
        ("_lcdf", Form::Lcdf),
        ("_lccdf", Form::Lccdf),
        ("_cdf", Form::Cdf),
        ("_rng", Form::Rng),
    ];
    let found = suffixes.iter().find_map(|(suffix, form)| Some((name.strip_suffix(suffix)?, *form)));
    found.unwrap_or((name, Form::Plain))
}

/// Functions that the language had once, and what to write now.
const REMOVED: &[(&str, &str)] = &[
    ("binomial_coefficient_log", "`lchoose`"),
    ("cov_exp_quad", "`gp_exp_quad_cov`"),
    ("fabs", "`abs`"),
    ("get_lp", "`target()`"),
    ("if_else", "`condition ? a : b`"),
    ("increment_log_prob", "`target += ...`"),
    ("multiply_log", "`lmultiply`"),
];

/// What to write for a name that the language had once.
fn replacement(name: &str) -> Option<String> {
    if let Some((_, now)) = REMOVED.iter().find(|(old, _)| *old == name) {
        return Some(format!("write {now}"));
    }
    let endings: [(&str, &[&str]); 3] =
        [("_ccdf_log", &["_lccdf"]), ("_cdf_log", &["_lcdf"]), ("_log", &["_lpdf", "_lpmf"])];
    for (old, new) in endings {
        let Some(stem) = name.strip_suffix(old) else { continue };
        let now = new.iter().map(|suffix| format!("{stem}{suffix}")).find(|now| catalogue::is_function(now));
        if let Some(now) = now {
            return Some(format!("write `{now}`, with `|` after the outcome"));
        }
    }
    None
}

impl Checker {
    /// `name(arguments)`, or `name(outcome | arguments)`.
    pub(super) fn call(
        &mut self,
        name: &ast::Ident,
        outcome: Option<&ast::Expr>,
        arguments: &[ast::Expr],
        span: Span,
    ) -> Result_<Value> {
        let first = outcome.map(|outcome| self.expression_or_function(outcome));
        let rest: Vec<_> = arguments.iter().map(|argument| self.expression_or_function(argument)).collect();
        let values: Vec<Value> = first.into_iter().chain(rest).collect::<Result_<_>>()?;
        let written: Vec<&ast::Expr> = outcome.into_iter().chain(arguments).collect();
        let value = if catalogue::variadic(&name.name).is_some() {
            self.variadic_call(name, &written, values, span)?
        } else if super::higher_order::is_reduce_sum(&name.name) {
            self.reduce_sum_call(name, &written, values, span)?
        } else if super::higher_order::is_laplace(&name.name) {
            self.laplace_call(name, &written, values, span)?
        } else {
            self.plain_call(name, values, span)?
        };
        self.check_name(name)?;
        self.check_bar(name, outcome.is_some(), arguments.len(), span)?;
        self.check_place_of_call(name, &value, span)?;
        Ok(value)
    }

    /// An argument: an expression, or the name of a function.
    fn expression_or_function(&mut self, e: &ast::Expr) -> Result_<Value> {
        self.expression(e)
    }

    fn plain_call(&mut self, name: &ast::Ident, arguments: Vec<Value>, span: Span) -> Result_<Value> {
        let plain = normalised(&name.name);
        self.check_callable(name, &plain)?;
        match self.resolve(&plain, &arguments) {
            Match::Unknown => Err(self.unknown_function(name)),
            Match::Unique { result: None, .. } => {
                let message = format!("`{}` returns nothing, and a value is needed here", name.name);
                Err(self.error(Diagnostic::error("E0509", span, message)))
            }
            Match::Unique { candidate, arguments: types, result: Some(result) } => {
                let callee = self.callee(&name.name, candidate);
                self.warn_about(&callee, name);
                Ok(application(callee, arguments, &types, result, span))
            }
            Match::Ambiguous(signatures) => Err(self.ambiguous(&name.name, &arguments, &signatures, span)),
            Match::None(nearest) => Err(self.no_signature(&name.name, &arguments, &nearest, span)),
        }
    }

    /// Refuses a variable that is called, unless it hides a function of the library.
    fn check_callable(&mut self, name: &ast::Ident, plain: &str) -> Result_<()> {
        let Some(declared) = self.scope.get(plain) else { return Ok(()) };
        if catalogue::is_function(plain) {
            return Ok(());
        }
        let declared_at = declared.span;
        let message = format!("`{}` is a variable, not a function", name.name);
        let diagnostic = Diagnostic::error("E0204", name.span, message)
            .with_label(declared_at, "declared here")
            .with_hint("to take an element, write square brackets");
        Err(self.error(diagnostic))
    }

    /// The callee for a chosen signature.
    pub(super) fn callee(&self, name: &str, candidate: Candidate) -> Callee {
        let (stem, form) = form(name);
        match candidate {
            Candidate::User(i) => {
                let function = self.functions[i].definition.unwrap_or(crate::typed::FunctionId(0));
                Callee::User { function, form }
            }
            Candidate::Library(_) if form != Form::Plain && catalogue::family(stem).is_some() => {
                Callee::Distribution { family: stem.to_string(), form }
            }
            Candidate::Library(_) => Callee::Library(name.to_string()),
        }
    }

    /// Warns of what the library only declares, and of what it will drop.
    pub(super) fn warn_about(&mut self, callee: &Callee, name: &ast::Ident) {
        let (implemented, what) = match callee {
            Callee::Library(function) => (catalogue::is_function_implemented(function), "function"),
            Callee::Distribution { family, .. } => (catalogue::is_family_implemented(family), "distribution"),
            Callee::Operator(_) | Callee::User { .. } => (true, ""),
        };
        if !implemented {
            let message = format!("the {what} `{}` has no implementation yet: the program cannot be run", name.name);
            self.warn(Diagnostic::warning("W0501", name.span, message));
        }
        self.warn_deprecated(callee, name);
    }

    fn warn_deprecated(&mut self, callee: &Callee, name: &ast::Ident) {
        let replacement = match callee {
            Callee::Library(function) => match function.as_str() {
                "integrate_ode" | "integrate_ode_rk45" => "ode_rk45",
                "integrate_ode_bdf" => "ode_bdf",
                "integrate_ode_adams" => "ode_adams",
                _ => return,
            },
            Callee::Distribution { family, .. } if family == "lkj_cov" => {
                "lkj_corr for the correlations, with a lognormal density for the scales"
            }
            _ => return,
        };
        let message = format!("`{}` is deprecated", name.name);
        self.warn(Diagnostic::warning("W0502", name.span, message).with_hint(format!("use {replacement}")));
    }

    pub(super) fn unknown_function(&mut self, name: &ast::Ident) -> Reported {
        let (stem, form) = form(&name.name);
        let of_family = catalogue::family(stem);
        let hint = replacement(&name.name);
        let hint = hint.or_else(|| match (form, of_family) {
            (Form::Log | Form::LogUnnormalised, Some(family)) if !family.signature.is_empty() => {
                let kind = match family.kind {
                    Kind::Continuous => "continuous: its density is",
                    Kind::Discrete => "discrete: its mass function is",
                };
                Some(format!("`{stem}` is {kind} `{stem}{}`", family.kind.suffix()))
            }
            (Form::Lcdf | Form::Lccdf | Form::Cdf, Some(_)) => {
                Some(format!("the distribution `{stem}` has no such distribution function"))
            }
            (Form::Rng, Some(_)) => Some(format!("the distribution `{stem}` has no random number generator")),
            (Form::Plain, _) => match catalogue::family(&name.name) {
                Some(family) if !family.signature.is_empty() => {
                    let kind = family.kind;
                    Some(format!("did you mean `{}{}`, or a statement with `~`?", family.name, kind.suffix()))
                }
                _ => None,
            },
            _ => None,
        });
        match hint {
            Some(hint) => {
                let message = format!("no function is called `{}`", name.name);
                self.error(Diagnostic::error("E0508", name.span, message).with_hint(hint))
            }
            None => self.unknown_name("E0508", &name.name, name.span, "function"),
        }
    }

    pub(super) fn ambiguous(&mut self, name: &str, arguments: &[Value], signatures: &[String], span: Span) -> Reported {
        let message =
            format!("the call of `{name}` with {} fits several signatures equally well", describe_arguments(arguments));
        let mut listed = signatures.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
        if signatures.len() > 5 {
            listed.push_str("; ...");
        }
        self.error(Diagnostic::error("E0304", span, message).with_hint(format!("they are {listed}")))
    }

    pub(super) fn no_signature(
        &mut self,
        name: &str,
        arguments: &[Value],
        nearest: &[(String, super::overloads::Mismatch)],
        span: Span,
    ) -> Reported {
        let message = format!("`{name}` cannot be called with {}", describe_arguments(arguments));
        let mut diagnostic = Diagnostic::error("E0303", span, message);
        if let Some((_, mismatch)) = nearest.first() {
            let signatures: Vec<&str> = nearest.iter().map(|(signature, _)| signature.as_str()).collect();
            diagnostic = diagnostic.with_hint(format!("{}; nearest: {}", mismatch.explain(), signatures.join("; ")));
        }
        self.error(diagnostic)
    }

    /// Distributions are called with `|` (unless the outcome is all they take), other functions are not.
    fn check_bar(&mut self, name: &ast::Ident, bar: bool, arguments: usize, span: Span) -> Result_<()> {
        let message = match (is_conditional(&name.name), bar) {
            (true, false) if arguments == 1 => return Ok(()),
            (true, false) => format!("`{}` needs `|` after its first argument, not `,`", name.name),
            (false, true) => {
                let message = format!("`{}` takes no `|`: only densities and distribution functions do", name.name);
                return Err(self.error(Diagnostic::error("E0507", span, message)));
            }
            _ => return Ok(()),
        };
        Err(self.error(Diagnostic::error("E0506", span, message)))
    }

    /// Whether a function of this suffix may be called here.
    fn check_place_of_call(&mut self, name: &ast::Ident, value: &Value, span: Span) -> Result_<()> {
        let arguments = match &value.expr.kind {
            ExprKind::Call { arguments, .. } => arguments.as_slice(),
            _ => &[],
        };
        // What the arguments depend on is what the value depends on, unless the value is an integer.
        let on_parameters = arguments.iter().any(|argument| argument.level == crate::typed::Level::Parameter);
        self.check_suffix(name, on_parameters, span)
    }

    /// `_lp`, `_jacobian`, `_rng` and unnormalised densities are for certain places.
    pub(super) fn check_suffix(&mut self, name: &ast::Ident, on_parameters: bool, span: Span) -> Result_<()> {
        let block = self.context.block;
        if name.name.ends_with("_lp") {
            if block == Block::TransformedParameters {
                let message = "`_lp` functions in transformed parameters are deprecated";
                let warning = Diagnostic::warning("W0503", span, message)
                    .with_hint("use a `_jacobian` function, whose terms are added only where the Jacobian is wanted");
                self.warn(warning);
            } else if !(self.in_lp_function() || block == Block::Model) {
                let message = format!("`{}` may change `target`, which is not possible {}", name.name, self.place());
                let diagnostic = Diagnostic::error("E0401", span, message)
                    .with_hint("`_lp` functions can be called in the model block and in other `_lp` functions");
                return Err(self.error(diagnostic));
            }
        }
        if name.name.ends_with("_jacobian") {
            if !(self.in_jacobian_function() || block == Block::TransformedParameters) {
                let message = format!("`{}` may change `jacobian`, which is not possible {}", name.name, self.place());
                let diagnostic = Diagnostic::error("E0402", span, message)
                    .with_hint("`_jacobian` functions can be called in transformed parameters and in each other");
                return Err(self.error(diagnostic));
            }
            if !on_parameters {
                let message = "no argument depends on parameters, yet the Jacobian is added";
                let stem = name.name.strip_suffix("_jacobian").unwrap_or(&name.name);
                let mut warning = Diagnostic::warning("W0504", span, message);
                let constrain = format!("{stem}_constrain");
                if catalogue::is_function(&constrain) || self.functions_by_name.contains_key(&constrain) {
                    warning = warning.with_hint(format!("`{constrain}` does the same without the Jacobian"));
                }
                self.warn(warning);
            }
        }
        if name.name.ends_with("_rng") {
            if self.context.in_size {
                let message = "random numbers cannot be used in the sizes of variables";
                return Err(self.error(Diagnostic::error("E0403", span, message)));
            }
            let in_rng = self.function_suffix() == Some(FunctionKind::Rng);
            if !(in_rng || matches!(block, Block::GeneratedQuantities | Block::TransformedData)) {
                let message = format!("`{}` draws random numbers, which is not possible {}", name.name, self.place());
                let diagnostic = Diagnostic::error("E0403", span, message).with_hint(
                    "`_rng` functions can be called in transformed data, generated quantities and other `_rng` functions",
                );
                return Err(self.error(diagnostic));
            }
        }
        self.check_unnormalised(name)
    }

    /// `_lupdf` and `_lupmf` are for the model block and for densities.
    pub(super) fn check_unnormalised(&mut self, name: &ast::Ident) -> Result_<()> {
        let in_density = matches!(self.function_suffix(), Some(FunctionKind::Lpdf | FunctionKind::Lpmf));
        if !is_unnormalised(&name.name) || in_density || self.context.block == Block::Model {
            return Ok(());
        }
        let message = format!("`{}` drops constants, which is not possible {}", name.name, self.place());
        let diagnostic = Diagnostic::error("E0410", name.span, message).with_hint(format!(
            "use `{}`; unnormalised densities can be called in the model block and in user-defined densities",
            normalised(&name.name)
        ));
        Err(self.error(diagnostic))
    }

    fn function_suffix(&self) -> Option<FunctionKind> {
        self.context.function.as_ref().map(|function| function.kind)
    }

    pub(super) fn in_lp_function(&self) -> bool {
        self.function_suffix() == Some(FunctionKind::Lp)
    }

    pub(super) fn in_jacobian_function(&self) -> bool {
        self.function_suffix() == Some(FunctionKind::Jacobian)
    }

    /// "in the data block", "in this function"
    pub(super) fn place(&self) -> String {
        match self.context.block {
            Block::Functions => "in this function".to_string(),
            block => format!("in the {} block", block.name()),
        }
    }

    /// A call as a statement: the function must return nothing.
    pub(super) fn call_statement(
        &mut self,
        name: &ast::Ident,
        arguments: &[ast::Expr],
        span: Span,
    ) -> Result_<StatementKind> {
        let arguments = self.expressions(arguments)?;
        self.check_name(name)?;
        let on_parameters = arguments.iter().any(|argument| argument.dependence.on_parameters());
        self.check_suffix(name, on_parameters, span)?;
        self.check_callable(name, &name.name)?;
        match self.resolve(&name.name, &arguments) {
            Match::Unknown => Err(self.unknown_function(name)),
            Match::Unique { result: Some(_), .. } => {
                let message = format!("`{}` returns a value, and nothing is done with it", name.name);
                let diagnostic = Diagnostic::error("E0510", span, message).with_hint("assign it to a variable");
                Err(self.error(diagnostic))
            }
            Match::Unique { candidate, arguments: types, result: None } => {
                let function = self.callee(&name.name, candidate);
                Ok(StatementKind::Call { function, arguments: promote_all(arguments, &types) })
            }
            Match::Ambiguous(signatures) => Err(self.ambiguous(&name.name, &arguments, &signatures, span)),
            Match::None(nearest) => Err(self.no_signature(&name.name, &arguments, &nearest, span)),
        }
    }
}

/// A call whose arguments fit.
pub(super) fn application(callee: Callee, arguments: Vec<Value>, types: &[Type], result: Type, span: Span) -> Value {
    let on_parameters = arguments.iter().any(|argument| argument.dependence.on_parameters());
    let dependence = if result.is_integral() || !on_parameters { Dependence::Data } else { Dependence::Parameters };
    let arguments: Vec<Expr> = promote_all(arguments, types);
    let dependence = dependence.fill(&result);
    Value::new(ExprKind::Call { callee, arguments }, result, dependence, span)
}
