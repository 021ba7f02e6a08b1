//! Functions that take functions: solvers that pass further arguments on, `reduce_sum`, Laplace approximations.

use super::calls::{application, form, normalised};
use super::functions::UserFunction;
use super::levels::Dependence;
use super::overloads::{
    Conversion, Given, Mismatch, arguments_cost, ordinal, passes, plain_function, promote, result_name,
};
use super::{Checker, Reported, Result_, Value};
use crate::typed::{ArgumentType, Callee, Expr, ExprKind, Form, FunctionId, Type};
use ppl_grammar::ast;
use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::span::Span;
use ppl_runtime::catalogue;
use std::collections::HashSet;

pub(super) fn is_reduce_sum(name: &str) -> bool {
    name == "reduce_sum" || name == "reduce_sum_static"
}

/// The Laplace approximations, by their normalised names.
const LAPLACE: &[&str] = &[
    "laplace_marginal",
    "laplace_marginal_tol",
    "laplace_latent_rng",
    "laplace_latent_tol_rng",
    "laplace_latent_solve",
    "laplace_latent_solve_tol",
    "laplace_marginal_bernoulli_logit_lpmf",
    "laplace_marginal_tol_bernoulli_logit_lpmf",
    "laplace_marginal_neg_binomial_2_log_lpmf",
    "laplace_marginal_tol_neg_binomial_2_log_lpmf",
    "laplace_marginal_poisson_log_lpmf",
    "laplace_marginal_tol_poisson_log_lpmf",
    "laplace_latent_bernoulli_logit_rng",
    "laplace_latent_tol_bernoulli_logit_rng",
    "laplace_latent_neg_binomial_2_log_rng",
    "laplace_latent_tol_neg_binomial_2_log_rng",
    "laplace_latent_poisson_log_rng",
    "laplace_latent_tol_poisson_log_rng",
];

pub(super) fn is_laplace(name: &str) -> bool {
    LAPLACE.contains(&normalised(name).as_ref())
}

/// Names of the library that users cannot define again.
pub(super) fn is_special(name: &str) -> bool {
    catalogue::variadic(name).is_some() || is_reduce_sum(name) || is_laplace(name)
}

/// Library functions through which second derivatives cannot be taken.
const FIRST_ORDER_ONLY: &[&str] = &[
    "algebra_solver",
    "algebra_solver_newton",
    "integrate_1d",
    "integrate_ode",
    "integrate_ode_adams",
    "integrate_ode_bdf",
    "integrate_ode_rk45",
    "map_rect",
    "hmm_marginal",
    "hmm_hidden_state_prob",
];

fn data(ty: Type) -> ArgumentType {
    ArgumentType { data_only: true, ty }
}

fn free(ty: Type) -> ArgumentType {
    ArgumentType { data_only: false, ty }
}

/// Tries one overload: its cost, and the types of the arguments after the function.
type Attempt<'a> = dyn Fn(&UserFunction) -> Result<(u32, Vec<Type>), Refusal> + 'a;

/// A function that is passed on, with the name it was given by and everything of that name.
struct Callback {
    function: Value,
    name: String,
    overloads: Vec<usize>,
}

/// Why a user function cannot be passed on.
enum Refusal {
    /// The function itself does not fit.
    Function(String),
    /// The arguments for it do not.
    Arguments(Mismatch),
}

impl Checker {
    /// The functions that an argument names, newest last; `None` where it is no name of a user function.
    fn named_functions(&self, e: Option<&&ast::Expr>) -> Option<(String, Vec<usize>)> {
        let ast::ExprKind::Variable(name) = &e?.kind else { return None };
        let functions = self.functions_by_name.get(normalised(name).as_ref())?;
        Some((name.clone(), functions.clone()))
    }

    /// `ode_rk45(f, ...)` and the like.
    pub(super) fn variadic_call(
        &mut self,
        name: &ast::Ident,
        written: &[&ast::Expr],
        values: Vec<Value>,
        span: Span,
    ) -> Result_<Value> {
        let Some(variadic) = catalogue::variadic(&name.name) else { return Err(self.unknown_function(name)) };
        let given: Vec<Given> = values.iter().skip(1).map(|value| self.given(value)).collect();
        let attempt = |function: &UserFunction| {
            forwarded(
                function,
                &variadic.function_arguments,
                &variadic.function_result,
                &variadic.arguments,
                &given,
                false,
            )
        };
        let outcome = self.choose(name, written, &values, span, &attempt);
        drop(given);
        let (function, types) = outcome?;
        Ok(self.forwarding_call(name, values, function, &types, variadic.result.clone(), span))
    }

    /// `reduce_sum(f, xs, grainsize, ...)`
    pub(super) fn reduce_sum_call(
        &mut self,
        name: &ast::Ident,
        written: &[&ast::Expr],
        values: Vec<Value>,
        span: Span,
    ) -> Result_<Value> {
        if let (Some(_), Some(sliced)) = (self.named_functions(written.first()), values.get(1)) {
            let (element, dims) = sliced.ty().unwrap_array();
            let allowed = matches!(element, Type::Real | Type::Int | Type::Matrix | Type::Vector | Type::RowVector);
            let message = match (dims, allowed) {
                (0, _) => Some(format!("the second argument of `{}` must be an array, not {}", name.name, sliced.ty())),
                (_, false) => Some(format!("`{}` cannot slice {}", name.name, sliced.ty())),
                _ => None,
            };
            if let Some(message) = message {
                return Err(self.error(Diagnostic::error("E0514", sliced.span(), message)));
            }
        }
        let given: Vec<Given> = values.iter().skip(1).map(|value| self.given(value)).collect();
        let attempt = |function: &UserFunction| {
            let Some(sliced) = function.arguments.first() else {
                return Err(Refusal::Function("it takes no arguments".to_string()));
            };
            let first = [sliced.clone(), data(Type::Int), data(Type::Int)];
            let always = [sliced.clone(), free(Type::Int)];
            forwarded(function, &first, &Type::Real, &always, &given, true)
        };
        let outcome = self.choose(name, written, &values, span, &attempt);
        drop(given);
        let (function, types) = outcome?;
        Ok(self.forwarding_call(name, values, function, &types, Type::Real, span))
    }

    /// Chooses among the overloads of the function that is passed first.
    fn choose(
        &mut self,
        name: &ast::Ident,
        written: &[&ast::Expr],
        values: &[Value],
        span: Span,
        attempt: &Attempt,
    ) -> Result_<(usize, Vec<Type>)> {
        let Some((passed, overloads)) = self.named_functions(written.first()) else {
            let found = values.first().map_or("nothing".to_string(), |value| value.ty().to_string());
            let at = values.first().map_or(span, Value::span);
            let message = format!("the first argument of `{}` must be a user-defined function, not {found}", name.name);
            return Err(self.error(Diagnostic::error("E0514", at, message)));
        };
        let mut best: Vec<(usize, Vec<Type>)> = Vec::new();
        let mut lowest = u32::MAX;
        let mut refusal = None;
        for &i in overloads.iter().rev() {
            match attempt(&self.functions[i]) {
                Ok((cost, types)) if cost < lowest => (best, lowest) = (vec![(i, types)], cost),
                Ok((cost, types)) if cost == lowest => best.push((i, types)),
                Ok(_) => {}
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        if best.len() > 1 {
            let message = format!("several functions called `{passed}` fit equally well");
            return Err(self.error(Diagnostic::error("E0304", span, message)));
        }
        if let Some(chosen) = best.pop() {
            return Ok(chosen);
        }
        let function = &self.functions[overloads[overloads.len() - 1]];
        let declared_at = function.span;
        let diagnostic = match refusal {
            Some(Refusal::Arguments(mismatch)) => {
                let at = self.blamed(&mismatch, values, span);
                let message = format!("`{}` cannot be called with these arguments for `{passed}`", name.name);
                Diagnostic::error("E0514", at, message).with_hint(mismatch.explain())
            }
            Some(Refusal::Function(why)) => {
                let at = values.first().map_or(span, Value::span);
                let message = format!("`{passed}` cannot be passed to `{}`: {why}", name.name);
                Diagnostic::error("E0514", at, message)
            }
            None => Diagnostic::error("E0514", span, format!("`{passed}` cannot be passed to `{}`", name.name)),
        };
        Err(self.error(diagnostic.with_label(declared_at, "the function that is passed")))
    }

    /// Where to point for a mismatch.
    fn blamed(&self, mismatch: &Mismatch, values: &[Value], span: Span) -> Span {
        let index = match mismatch {
            Mismatch::Argument(i, _) => *i,
            Mismatch::Count { expected, found } if expected > found => found.saturating_sub(1),
            Mismatch::Count { expected, .. } => *expected,
        };
        values.get(index).map_or(span, Value::span)
    }

    fn forwarding_call(
        &mut self,
        name: &ast::Ident,
        mut values: Vec<Value>,
        function: usize,
        types: &[Type],
        result: Type,
        span: Span,
    ) -> Value {
        if let Some(first) = values.first_mut() {
            *first = self.function_value(function, first.span());
        }
        let callee = Callee::Library(name.name.clone());
        self.warn_about(&callee, name);
        let mut all = vec![values.first().map_or(Type::Int, |first| first.ty().clone())];
        all.extend_from_slice(types);
        application(callee, values, &all, result, span)
    }

    /// `laplace_marginal(f, (...), ...)` and its relatives.
    pub(super) fn laplace_call(
        &mut self,
        name: &ast::Ident,
        written: &[&ast::Expr],
        values: Vec<Value>,
        span: Span,
    ) -> Result_<Value> {
        let mut rest: std::iter::Zip<_, _> = values.into_iter().zip(written.iter().copied());
        let mut arguments: Vec<Value> = Vec::new();
        let latent_solve = name.name.contains("_solve");
        let helper = likelihood_arguments(&name.name);
        if helper.is_empty() {
            let (likelihood, tuple) = self.callback(name, &mut rest, span)?;
            if latent_solve {
                self.data_only_tuple(name, &tuple)?;
            }
            let first = [free(Type::Vector)];
            let (function, tuple) = self.called_with(name, likelihood, tuple, &first, &Type::Real)?;
            if let ExprKind::Function(id) = function.expr.kind {
                self.differentiated_twice.push((id, function.span()));
            }
            arguments.extend([function, tuple]);
        } else {
            let given: Vec<Value> = rest.by_ref().take(helper.len()).map(|(value, _)| value).collect();
            let given_types: Vec<Given> = given.iter().map(|value| self.given(value)).collect();
            if let Err(mismatch) = arguments_cost(&helper, &given_types, Conversion::Promote) {
                let at = self.blamed(&mismatch, &given, span);
                let message = format!("these are not the arguments of `{}`", name.name);
                return Err(self.error(Diagnostic::error("E0514", at, message).with_hint(mismatch.explain())));
            }
            drop(given_types);
            for (mut value, expected) in given.into_iter().zip(&helper) {
                value.expr = promote(value.expr, &expected.ty);
                arguments.push(value);
            }
        }
        let block_size = rest.next().map(|(value, _)| value);
        let fits = |value: &Value| *value.ty() == Type::Int && !value.dependence.on_parameters();
        match block_size {
            Some(value) if fits(&value) => arguments.push(value),
            other => {
                let at = other.map_or(span, |value| value.span());
                let message = format!("`{}` needs the block size of the Hessian here: an int that is data", name.name);
                return Err(self.error(Diagnostic::error("E0514", at, message)));
            }
        }
        let (covariance, tuple) = self.callback(name, &mut rest, span)?;
        if latent_solve {
            self.data_only_tuple(name, &tuple)?;
        }
        let (function, tuple) = self.called_with(name, covariance, tuple, &[], &Type::Matrix)?;
        arguments.extend([function, tuple]);
        let control: Vec<Value> = rest.map(|(value, _)| value).collect();
        arguments.extend(self.laplace_control(name, control, span)?);
        let result = if name.name.ends_with("_rng") {
            Type::Vector
        } else if latent_solve {
            Type::Tuple(vec![Type::Vector, Type::Matrix])
        } else {
            Type::Real
        };
        let callee = match form(&name.name) {
            (_, Form::Plain) => Callee::Library(name.name.clone()),
            (stem, form) => Callee::Distribution { family: stem.to_string(), form },
        };
        self.warn_about(&callee, name);
        let types: Vec<Type> = arguments.iter().map(|value| value.ty().clone()).collect();
        Ok(application(callee, arguments, &types, result, span))
    }

    /// The next two arguments: the overloads of a function and the tuple of arguments for it.
    fn callback(
        &mut self,
        name: &ast::Ident,
        rest: &mut dyn Iterator<Item = (Value, &ast::Expr)>,
        span: Span,
    ) -> Result_<(Callback, Value)> {
        if let (Some((function, written)), Some((tuple, _))) = (rest.next(), rest.next())
            && let Some((name, overloads)) = self.named_functions(Some(&written))
        {
            return Ok((Callback { function, name, overloads }, tuple));
        }
        let message = format!("`{}` needs a user-defined function and a tuple of its arguments here", name.name);
        Err(self.error(Diagnostic::error("E0514", span, message)))
    }

    fn data_only_tuple(&mut self, name: &ast::Ident, tuple: &Value) -> Result_<()> {
        if !tuple.dependence.on_parameters() {
            return Ok(());
        }
        let mut at = tuple.span();
        if let (ExprKind::Tuple(items), Dependence::Items(each)) = (&tuple.expr.kind, &tuple.dependence)
            && let Some((item, _)) = items.iter().zip(each).find(|(_, item)| item.on_parameters())
        {
            at = item.span;
        }
        let message = format!("arguments that `{}` passes on cannot depend on parameters", name.name);
        Err(self.error(Diagnostic::error("E0413", at, message)))
    }

    /// The function and the tuple of arguments for it, promoted, if it can be called with `first` and them.
    fn called_with(
        &mut self,
        name: &ast::Ident,
        callback: Callback,
        tuple: Value,
        first: &[ArgumentType],
        result: &Type,
    ) -> Result_<(Value, Value)> {
        let Callback { function, name: passed, overloads } = callback;
        let (Type::Tuple(types), Dependence::Items(each)) = (tuple.ty().clone(), tuple.dependence.clone()) else {
            let message = format!(
                "the arguments for `{passed}` in a call of `{}` must be a tuple, not {}",
                name.name,
                tuple.ty()
            );
            return Err(self.error(Diagnostic::error("E0309", tuple.span(), message)));
        };
        let given: Vec<Given> =
            types.iter().zip(&each).map(|(ty, dependence)| Given { ty, dependence, kind: None }).collect();
        let attempt = |candidate: &UserFunction| -> Result<u32, Refusal> {
            if candidate.result.as_ref() != Some(result) {
                let why = format!("it returns {}, not {result}", result_name(&candidate.result));
                return Err(Refusal::Function(why));
            }
            plain_function(Some(candidate.kind), false).map_err(Refusal::Function)?;
            let (taken, further) = candidate.arguments.split_at(first.len().min(candidate.arguments.len()));
            passes(first, taken).map_err(Refusal::Function)?;
            if let Some(i) = (0..taken.len()).find(|&i| taken[i].data_only != first[i].data_only) {
                return Err(Refusal::Function(format!("its {} argument must not be declared `data`", ordinal(i))));
            }
            arguments_cost(further, &given, Conversion::Promote).map_err(Refusal::Arguments)
        };
        let mut best: Vec<usize> = Vec::new();
        let mut lowest = u32::MAX;
        let mut refusal = None;
        for &i in overloads.iter().rev() {
            match attempt(&self.functions[i]) {
                Ok(cost) if cost < lowest => (best, lowest) = (vec![i], cost),
                Ok(cost) if cost == lowest => best.push(i),
                Ok(_) => {}
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        match (best.as_slice(), refusal) {
            ([chosen], _) => {
                let wanted: Vec<Type> =
                    self.functions[*chosen].arguments[first.len()..].iter().map(|a| a.ty.clone()).collect();
                let function = self.function_value(*chosen, function.span());
                Ok((function, promote_tuple(tuple, wanted)))
            }
            ([], Some(Refusal::Arguments(mismatch))) => {
                let mut at = tuple.span();
                if let (Mismatch::Argument(i, _), ExprKind::Tuple(items)) = (&mismatch, &tuple.expr.kind) {
                    at = items.get(*i).map_or(at, |item| item.span);
                }
                let message = format!("`{passed}` cannot be called with these arguments");
                Err(self.error(Diagnostic::error("E0514", at, message).with_hint(mismatch.explain())))
            }
            ([], Some(Refusal::Function(why))) => {
                let message = format!("`{passed}` cannot be passed to `{}`: {why}", name.name);
                Err(self.error(Diagnostic::error("E0514", function.span(), message)))
            }
            ([], None) => Err(Reported),
            _ => {
                let message = format!("several functions called `{passed}` fit equally well");
                Err(self.error(Diagnostic::error("E0304", function.span(), message)))
            }
        }
    }

    /// What stands after the covariance function: nothing, or for `_tol` a tuple of tolerances.
    fn laplace_control(&mut self, name: &ast::Ident, mut control: Vec<Value>, span: Span) -> Result_<Vec<Value>> {
        let wanted = usize::from(name.name.contains("_tol"));
        if let Some(extra) = control.get(wanted) {
            let message = format!("`{}` takes no further argument here", name.name);
            let at = extra.span();
            return Err(self.error(Diagnostic::error("E0514", at, message)));
        }
        if wanted == 0 {
            return Ok(control);
        }
        let expected =
            [free(Type::Vector), data(Type::Real), data(Type::Int), data(Type::Int), data(Type::Int), data(Type::Int)];
        let contents = "initial guess, tolerance, maximal number of steps, solver, maximal number of line search steps, \
                        whether to fall through";
        let Some(tuple) = control.pop() else {
            let message = format!("`{}` needs a tuple of control arguments at its end: {contents}", name.name);
            return Err(self.error(Diagnostic::error("E0514", span, message)));
        };
        let (Type::Tuple(types), Dependence::Items(each)) = (tuple.ty().clone(), tuple.dependence.clone()) else {
            let message = format!("the control arguments of `{}` must be a tuple, not {}", name.name, tuple.ty());
            return Err(self.error(Diagnostic::error("E0309", tuple.span(), message)));
        };
        let given: Vec<Given> =
            types.iter().zip(&each).map(|(ty, dependence)| Given { ty, dependence, kind: None }).collect();
        if let Err(mismatch) = arguments_cost(&expected, &given, Conversion::Promote) {
            let mut at = tuple.span();
            if let (Mismatch::Argument(i, _), ExprKind::Tuple(items)) = (&mismatch, &tuple.expr.kind) {
                at = items.get(*i).map_or(at, |item| item.span);
            }
            let message = format!("the control arguments of `{}` are {contents}", name.name);
            return Err(self.error(Diagnostic::error("E0514", at, message).with_hint(mismatch.explain())));
        }
        let wanted = expected.into_iter().map(|argument| argument.ty).collect();
        Ok(vec![promote_tuple(tuple, wanted)])
    }

    /// Functions that a Laplace approximation differentiates twice may not use what has first derivatives only.
    pub(super) fn second_derivatives(&mut self) {
        let mut found = Vec::new();
        for (function, span) in &self.differentiated_twice {
            let mut seen = HashSet::new();
            let mut open = vec![*function];
            while let Some(function) = open.pop() {
                if !seen.insert(function) {
                    continue;
                }
                let Some(body) = self.typed.functions.get(function.0 as usize).map(|f| &f.body) else { continue };
                let mut calls = Calls::default();
                calls.statements(body);
                open.extend(calls.user);
                if let Some((name, call)) = calls
                    .library
                    .into_iter()
                    .find(|(name, _)| FIRST_ORDER_ONLY.contains(&name.as_str()) || is_special(name))
                {
                    found.push((*span, name, call));
                    break;
                }
            }
        }
        for (span, name, call) in found {
            let message = format!("this function is differentiated more than once, and `{name}` in it cannot be");
            self.error(Diagnostic::error("E0515", span, message).with_label(call, "called here"));
        }
    }
}

/// The arguments of the likelihood that a name like `laplace_marginal_poisson_log_lpmf` has built in.
fn likelihood_arguments(name: &str) -> Vec<ArgumentType> {
    let counts = || free(Type::Int.array(1));
    if name.contains("bernoulli_logit") || name.contains("poisson_log") {
        vec![counts(), counts(), free(Type::Vector)]
    } else if name.contains("neg_binomial_2_log") {
        vec![counts(), counts(), free(Type::Vector), free(Type::Vector)]
    } else {
        Vec::new()
    }
}

/// Whether a function fits where `first` and then further arguments are passed to it, with `always` before these in the
/// call: the cost, and the types of the arguments after the function.
fn forwarded(
    function: &UserFunction,
    first: &[ArgumentType],
    result: &Type,
    always: &[ArgumentType],
    given: &[Given],
    densities: bool,
) -> Result<(u32, Vec<Type>), Refusal> {
    plain_function(Some(function.kind), densities).map_err(Refusal::Function)?;
    let (taken, further) = function.arguments.split_at(first.len().min(function.arguments.len()));
    if taken.len() < first.len() {
        let why = format!("it takes {} arguments, at least {} are needed", taken.len(), first.len());
        return Err(Refusal::Function(why));
    }
    passes(first, taken).map_err(Refusal::Function)?;
    if function.result.as_ref() != Some(result) {
        return Err(Refusal::Function(format!("it returns {}, not {result}", result_name(&function.result))));
    }
    let expected: Vec<ArgumentType> = always.iter().chain(further).cloned().collect();
    let cost = arguments_cost(&expected, given, Conversion::Promote).map_err(|mismatch| {
        // Counted with the function as first argument.
        Refusal::Arguments(match mismatch {
            Mismatch::Count { expected, found } => Mismatch::Count { expected: expected + 1, found: found + 1 },
            Mismatch::Argument(i, problem) => Mismatch::Argument(i + 1, problem),
        })
    })?;
    Ok((cost, expected.into_iter().map(|argument| argument.ty).collect()))
}

fn promote_tuple(tuple: Value, wanted: Vec<Type>) -> Value {
    let Value { expr, dependence } = tuple;
    let ty = Type::Tuple(wanted.clone());
    let expr = match expr {
        Expr { kind: ExprKind::Tuple(items), level, span, .. } => {
            let items = items.into_iter().zip(&wanted).map(|(item, ty)| promote(item, ty)).collect();
            Expr { kind: ExprKind::Tuple(items), ty, level, span }
        }
        other => promote(other, &ty),
    };
    Value { expr, dependence }
}

/// The functions that statements call or pass on.
#[derive(Default)]
struct Calls {
    user: Vec<FunctionId>,
    library: Vec<(String, Span)>,
}

impl Calls {
    fn statements(&mut self, statements: &[crate::typed::Statement]) {
        for statement in statements {
            statement.for_each_expr(&mut |e| self.expr(e));
            statement.for_each_callee(&mut |callee| {
                if let Callee::User { function, .. } = callee {
                    self.user.push(*function);
                }
            });
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Function(id) => self.user.push(*id),
            ExprKind::Call { callee: Callee::User { function, .. }, .. } => self.user.push(*function),
            ExprKind::Call { callee: Callee::Library(name), .. } => self.library.push((name.clone(), e.span)),
            _ => {}
        }
    }
}
