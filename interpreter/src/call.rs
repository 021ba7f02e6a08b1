//! Calls: library functions, distributions, user functions.

use crate::error::{At, Result, RunError};
use crate::expr::Operand;
use crate::machine::{Flow, Frame, Machine};
use crate::shape::size_of;
use ppl_grammar::span::Span;
use ppl_program::typed::{Callee, Expr, ExprKind, Form, FunctionId, FunctionKind, Level};
use ppl_runtime::families::{self, DomainError, Keep};
use ppl_runtime::functions;
use ppl_runtime::num::Num;
use ppl_runtime::value::Value;

/// An argument that was evaluated, and its level.
pub(crate) type Argument<T> = (Operand<T>, Level);

impl From<DomainError> for Box<RunError> {
    fn from(error: DomainError) -> Self {
        if error.fatal { RunError::fatal(error.message) } else { RunError::reject(error.message) }
    }
}

impl<'a, T: Num> Machine<'a, T> {
    pub fn call(&mut self, callee: &'a Callee, arguments: &'a [Expr], e: &'a Expr) -> Result<Operand<T>> {
        match callee {
            Callee::Operator(op) => {
                let operands = self.eval_all(arguments)?;
                let value = self.apply(*op, &operands)?;
                self.charge_made(&value)?;
                Ok(Operand::Own(value))
            }
            Callee::Library(name) => self.library(name, arguments, e.span),
            Callee::Distribution { .. } | Callee::User { .. } => {
                let arguments = self.arguments(arguments)?;
                match self.call_with(callee, arguments, e.span)? {
                    Some(value) => Ok(Operand::Own(value).promoted(&e.ty)),
                    None => Err(RunError::fatal("a function without result was called for its value")),
                }
            }
        }
    }

    /// A call as a statement: its result, where there is one, is dropped.
    pub fn call_statement(&mut self, callee: &'a Callee, arguments: &'a [Expr], span: Span) -> Result<()> {
        match callee {
            Callee::Library(name) => {
                self.library(name, arguments, span)?;
            }
            Callee::Operator(_) => {}
            Callee::Distribution { .. } | Callee::User { .. } => {
                let arguments = self.arguments(arguments)?;
                self.call_with(callee, arguments, span)?;
            }
        }
        Ok(())
    }

    pub fn arguments(&mut self, expressions: &'a [Expr]) -> Result<Vec<Argument<T>>> {
        expressions.iter().map(|e| Ok((self.eval(e)?, self.level(e)))).collect()
    }

    /// A distribution or a user function with evaluated arguments.
    pub fn call_with(
        &mut self,
        callee: &'a Callee,
        arguments: Vec<Argument<T>>,
        span: Span,
    ) -> Result<Option<Value<T>>> {
        match callee {
            Callee::Distribution { family, form } => self.distribution(family, *form, arguments).map(Some).at(span),
            Callee::User { function, form } => self.call_user(*function, *form, arguments, span),
            Callee::Library(name) => {
                let operands: Vec<Operand<T>> = arguments.into_iter().map(|(operand, _)| operand).collect();
                Ok(Some(functions::call(name, &operands.into_iter().map(Operand::into_value).collect::<Vec<_>>())?))
            }
            Callee::Operator(op) => {
                let operands: Vec<Operand<T>> = arguments.into_iter().map(|(operand, _)| operand).collect();
                self.apply(*op, &operands).map(Some)
            }
        }
    }

    fn library(&mut self, name: &'a str, arguments: &'a [Expr], span: Span) -> Result<Operand<T>> {
        if arguments.iter().any(|a| matches!(a.kind, ExprKind::Function(_))) {
            return self.higher_order(name, arguments, span).map(Operand::Own);
        }
        if name == "get_lp" {
            return Ok(Operand::Own(Value::Real(self.target)));
        }
        let operands = self.eval_all(arguments)?;
        if let Some(transform) = name.strip_suffix("_jacobian") {
            return self.jacobian_function(name, transform, &operands).map(Operand::Own);
        }
        self.check_result_size(name, &operands)?;
        let value = match (functions::lookup(name), name.strip_suffix("_constrain")) {
            (Some(function), _) => function.call(&operands)?,
            (None, Some(transform)) => crate::constrain::constrain(name, transform, &operands, &mut T::from(0.0))?,
            (None, None) => return Err(self.unsupported(&format!("the function `{name}`"))),
        };
        self.charge_made(&value)?;
        Ok(Operand::Own(value))
    }

    fn charge_made(&mut self, value: &Value<T>) -> Result<()> {
        match value {
            Value::Int(_) | Value::Real(_) => Ok(()),
            other => self.charge(size_of(other) as u64),
        }
    }

    /// Refuses a result that memory could not hold before the function makes it. What a function makes has at most as many
    /// numbers as its integer arguments multiply to, or the square of what its arguments hold.
    fn check_result_size(&mut self, name: &str, operands: &[Operand<T>]) -> Result<()> {
        let mut product: usize = 1;
        let mut held: usize = 0;
        for operand in operands {
            match operand.get() {
                Value::Int(n) => product = product.saturating_mul((*n).max(1) as usize),
                Value::Real(_) => {}
                other => held = held.saturating_add(size_of(other)),
            }
        }
        let repeats = name.starts_with("rep_")
            || matches!(
                name,
                "linspaced_vector"
                    | "linspaced_row_vector"
                    | "linspaced_array"
                    | "linspaced_int_array"
                    | "one_hot_vector"
                    | "one_hot_row_vector"
                    | "one_hot_array"
                    | "one_hot_int_array"
                    | "ones_vector"
                    | "ones_row_vector"
                    | "ones_array"
                    | "ones_int_array"
                    | "zeros_vector"
                    | "zeros_row_vector"
                    | "zeros_array"
                    | "zeros_int_array"
                    | "uniform_simplex"
                    | "identity_matrix"
            );
        let bound = match name {
            "identity_matrix" => product.saturating_mul(product),
            _ if repeats => product.saturating_mul(held.max(1)),
            "diag_matrix" | "add_diag" | "tcrossprod" | "crossprod" | "kronecker" => held.saturating_mul(held),
            _ if name.starts_with("gp_") || name.ends_with("_cov") => held.saturating_mul(held),
            _ => return Ok(()),
        };
        if bound > self.limits.elements {
            return Err(RunError::limit(format!(
                "{name}: the result could hold {bound} numbers; the limit is {}",
                self.limits.elements
            )));
        }
        Ok(())
    }

    fn distribution(&mut self, family: &str, form: Form, arguments: Vec<Argument<T>>) -> Result<Value<T>> {
        let active = arguments
            .iter()
            .enumerate()
            .filter(|(i, (_, level))| *i < 32 && *level == Level::Parameter)
            .fold(0u32, |bits, (i, _)| bits | 1 << i);
        let values: Vec<Value<T>> = arguments.into_iter().map(|(operand, _)| operand.into_value()).collect();
        self.charge(values.iter().map(size_of).sum::<usize>() as u64)?;
        let value = match form {
            Form::Log | Form::Plain => families::log_density(family, &values, Keep::ALL)?,
            Form::LogUnnormalised => {
                let keep = if self.propto { Keep::unnormalised(active) } else { Keep::ALL };
                families::log_density(family, &values, keep)?
            }
            Form::Lcdf => families::lcdf(family, &values)?,
            Form::Lccdf => families::lccdf(family, &values)?,
            Form::Cdf => families::cdf(family, &values)?,
            Form::Rng => {
                let values: Vec<Value<f64>> = values.iter().map(|v| v.map(&mut |x: T| x.value())).collect();
                let Some(rng) = &mut self.rng else {
                    return Err(RunError::fatal(format!("{family}_rng: there is no random stream here")));
                };
                let draw = families::rng(family, &values, rng)?;
                return Ok(draw.map(&mut |x| T::from(x)));
            }
        };
        Ok(Value::Real(value))
    }

    /// Runs a user function; `None` is the result of a `void` one.
    pub fn call_user(
        &mut self,
        id: FunctionId,
        form: Form,
        arguments: Vec<Argument<T>>,
        span: Span,
    ) -> Result<Option<Value<T>>> {
        let function = self.program.function(id);
        self.charge(1)?;
        self.check_stack()?;
        if self.calls >= self.limits.calls {
            return Err(RunError::limit(format!(
                "recursion is too deep: the limit is {} calls inside one another",
                self.limits.calls
            )));
        }
        // Variables are the program's: those of an outer call of the same function are put aside.
        let owned = &self.owned[id.0 as usize];
        let saved: Vec<_> = owned.iter().map(|v| self.slots[v.0 as usize].take()).collect();
        let mut frame = Frame { arguments: Vec::with_capacity(arguments.len()), locals: Some(Level::Data) };
        for (&variable, (operand, level)) in function.arguments.iter().zip(arguments) {
            let ty = &self.program.variable(variable).ty;
            let level = if ty.is_integral() { Level::Data } else { level };
            frame.arguments.push((variable, level));
            frame.locals = frame.locals.max(Some(level));
            self.slots[variable.0 as usize] = Some(operand.promoted(ty).into_shared());
        }
        let outer_frame = self.frame.replace(frame);
        let outer_propto = self.propto;
        self.propto &= form == Form::LogUnnormalised || function.kind == FunctionKind::Lp;
        let live = self.live;
        self.calls += 1;

        let flow = self.run(&function.body);

        self.calls -= 1;
        self.live = live;
        self.propto = outer_propto;
        self.frame = outer_frame;
        for (variable, value) in owned.iter().zip(saved) {
            self.slots[variable.0 as usize] = value;
        }
        let flow = flow.map_err(|mut error| {
            // A runaway recursion would list thousands.
            if error.calls.len() < 16 {
                error.called((function.name.clone(), span));
            }
            error
        })?;
        match (flow, &function.result) {
            (Flow::Return(Some(value)), Some(ty)) => Ok(Some(Operand::Own(value).promoted(ty).into_value())),
            (_, None) => Ok(None),
            (_, Some(_)) => Err(RunError::fatal(format!("the function `{}` ended without a return", function.name))),
        }
    }
}
