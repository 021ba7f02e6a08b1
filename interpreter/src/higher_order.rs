//! Library functions that take functions.

use crate::call::Argument;
use crate::error::{Result, RunError};
use crate::expr::Operand;
use crate::machine::Machine;
use ppl_grammar::span::Span;
use ppl_program::typed::{Expr, ExprKind, Form, FunctionId, FunctionKind, Level};
use ppl_runtime::num::Num;
use ppl_runtime::value::Value;

impl<'a, T: Num> Machine<'a, T> {
    pub fn higher_order(&mut self, name: &'a str, arguments: &'a [Expr], span: Span) -> Result<Value<T>> {
        let Some((ExprKind::Function(function), rest)) = arguments.split_first().map(|(f, rest)| (&f.kind, rest))
        else {
            return Err(self.unsupported(&format!("`{name}` with a function that is not its first argument")));
        };
        match name {
            "reduce_sum" | "reduce_sum_static" => self.reduce_sum(*function, rest, span),
            "map_rect" => self.map_rect(*function, rest, span),
            _ => match self.solver(name, *function, rest, span)? {
                Some(value) => Ok(value),
                None => Err(self.unsupported(&format!("the function `{name}`"))),
            },
        }
    }

    /// The value of a user function that was passed to a library function.
    pub fn call_passed(&mut self, function: FunctionId, arguments: Vec<Argument<T>>, span: Span) -> Result<Value<T>> {
        let form = match self.program.function(function).kind {
            FunctionKind::Lpdf | FunctionKind::Lpmf => Form::LogUnnormalised,
            _ => Form::Plain,
        };
        self.call_user(function, form, arguments, span)?
            .ok_or_else(|| RunError::fatal("a function without result was called for its value"))
    }

    /// `reduce_sum(f, x, grainsize, ...)`: f over slices of x, summed. One slice is as good as many.
    fn reduce_sum(&mut self, function: FunctionId, rest: &'a [Expr], span: Span) -> Result<Value<T>> {
        let mut arguments = self.arguments(rest)?.into_iter();
        let (Some(sliced), Some((grainsize, _))) = (arguments.next(), arguments.next()) else {
            return Err(RunError::fatal("reduce_sum: expected a sliced argument and a grain size"));
        };
        match grainsize.get() {
            Value::Int(n) if *n >= 1 => {}
            _ => return Err(RunError::reject("reduce_sum: the grain size must be at least 1")),
        }
        let Value::Array(items) = sliced.0.get() else {
            return Err(RunError::fatal("reduce_sum: the sliced argument must be an array"));
        };
        if items.is_empty() {
            return Ok(Value::Real(T::from(0.0)));
        }
        let end = i32::try_from(items.len()).map_err(|_| RunError::limit("reduce_sum: too many elements"))?;
        let int = |i| (Operand::Own(Value::Int(i)), Level::Data);
        let all = [sliced, int(1), int(end)].into_iter().chain(arguments).collect();
        self.call_passed(function, all, span)
    }

    /// `map_rect(f, phi, thetas, x_rs, x_is)`: the vectors f(phi, theta, x_r, x_i), one after the other.
    fn map_rect(&mut self, function: FunctionId, rest: &'a [Expr], span: Span) -> Result<Value<T>> {
        let arguments = self.arguments(rest)?;
        let [shared, jobs, reals, ints] = &arguments[..] else {
            return Err(RunError::fatal("map_rect: expected four arguments after the function"));
        };
        let (Value::Array(thetas), Value::Array(x_r), Value::Array(x_i)) = (jobs.0.get(), reals.0.get(), ints.0.get())
        else {
            return Err(RunError::fatal("map_rect: the job arguments must be arrays"));
        };
        if thetas.len() != x_r.len() || thetas.len() != x_i.len() {
            return Err(RunError::fatal(format!(
                "map_rect: the numbers of jobs differ: {}, {} and {}",
                thetas.len(),
                x_r.len(),
                x_i.len()
            )));
        }
        let mut all = Vec::new();
        for ((theta, x_r), x_i) in thetas.iter().zip(x_r).zip(x_i) {
            let job = vec![
                shared.clone(),
                (Operand::Own(theta.clone()), jobs.1),
                (Operand::Own(x_r.clone()), Level::Data),
                (Operand::Own(x_i.clone()), Level::Data),
            ];
            match self.call_passed(function, job, span)? {
                Value::Vector(v) => all.extend(v),
                _ => return Err(RunError::fatal("map_rect: the function must return a vector")),
            }
        }
        Ok(Value::Vector(all))
    }
}
