//! `~` statements, and what `T[lower, upper]` adds to them.

use crate::call::Argument;
use crate::error::{At, Result, RunError};
use crate::expr::Operand;
use crate::machine::Machine;
use crate::shape::push_numbers;
use ppl_grammar::span::Span;
use ppl_program::typed::{Callee, Expr, Level, Operator, Truncation, Type};
use ppl_runtime::functions;
use ppl_runtime::num::Num;
use ppl_runtime::value::Value;

impl<'a, T: Num> Machine<'a, T> {
    /// The log density that a `~` statement adds.
    pub fn tilde(
        &mut self,
        density: &'a Callee,
        outcome: &'a Expr,
        arguments: &'a [Expr],
        truncation: Option<&'a Truncation>,
        span: Span,
    ) -> Result<T> {
        let outcome_value = (self.eval(outcome)?, self.level(outcome));
        let arguments = self.arguments(arguments)?;
        let with_outcome = |outcome: Argument<T>, arguments: Vec<Argument<T>>| {
            let mut all = Vec::with_capacity(arguments.len() + 1);
            all.push(outcome);
            all.extend(arguments);
            all
        };
        let Some(truncation) = truncation else {
            return real(self.call_with(density, with_outcome(outcome_value, arguments), span)?);
        };
        let all = with_outcome(outcome_value.clone(), arguments.clone());
        let log_density = real(self.call_with(density, all, span)?)?;
        let discrete = *outcome.ty.unwrap_array().0 == Type::Int;
        let correction = self.truncation(truncation, &outcome_value.0, discrete, &arguments).at(truncation.span)?;
        Ok(log_density + correction)
    }

    /// What is added for the truncation, as stanc writes it out: -inf where an outcome lies outside, else minus the log
    /// probability of the interval, once for every outcome.
    fn truncation(
        &mut self,
        truncation: &'a Truncation,
        outcome: &Operand<T>,
        discrete: bool,
        arguments: &[Argument<T>],
    ) -> Result<T> {
        let bound = |machine: &mut Self, e: &'a Option<Expr>| -> Result<Option<Argument<T>>> {
            e.as_ref().map(|e| Ok((machine.eval(e)?, machine.level(e)))).transpose()
        };
        let lower = bound(self, &truncation.lower)?;
        let upper = bound(self, &truncation.upper)?;

        let mut outcomes = Vec::new();
        push_numbers(outcome.get(), &mut outcomes);
        for y in &outcomes {
            let outside = |bound: &Option<Argument<T>>, above: bool| {
                bound.as_ref().is_some_and(|(b, _)| match scalar(b.get()) {
                    Some(b) => {
                        if above {
                            y.value() > b
                        } else {
                            y.value() < b
                        }
                    }
                    None => false,
                })
            };
            if outside(&lower, false) || outside(&upper, true) {
                return Ok(T::from(f64::NEG_INFINITY));
            }
        }
        // P(y >= lower) of a discrete outcome is P(y > lower - 1).
        let below = |machine: &Self, (bound, level): Argument<T>| -> Result<Argument<T>> {
            if !discrete {
                return Ok((bound, level));
            }
            let one = Operand::Own(Value::Int(1));
            Ok((Operand::Own(machine.apply(Operator::Minus, &[bound, one])?), level))
        };
        let vectorised = arguments.iter().any(|(a, _)| is_container(a.get()));
        let times = if is_container(outcome.get()) && !vectorised { outcomes.len() as f64 } else { 1.0 };
        let log_probability = match (lower, upper) {
            (None, None) => return Ok(T::from(0.0)),
            (Some(lower), None) => {
                let lower = below(self, lower)?;
                self.bounded(&truncation.lccdf, "_lccdf", lower, arguments, truncation.span)?
            }
            (None, Some(upper)) => self.bounded(&truncation.lcdf, "_lcdf", upper, arguments, truncation.span)?,
            (Some(lower), Some(upper)) => {
                let lower = below(self, lower)?;
                let count = arguments.iter().map(|(a, _)| a.get()).find(|a| is_container(a)).map_or(1, length);
                let mut sum = T::from(0.0);
                for i in 0..count {
                    let arguments: Vec<Argument<T>> =
                        arguments.iter().map(|(a, level)| Ok((element(a, i)?, *level))).collect::<Result<_>>()?;
                    let span = truncation.span;
                    let high = self.bounded(&truncation.lcdf, "_lcdf", upper.clone(), &arguments, span)?;
                    let low = self.bounded(&truncation.lcdf, "_lcdf", lower.clone(), &arguments, span)?;
                    sum += real(Some(functions::call("log_diff_exp", &[Value::Real(high), Value::Real(low)])?))?;
                }
                sum
            }
        };
        Ok(-log_probability * T::from(times))
    }

    fn bounded(
        &mut self,
        callee: &'a Option<Callee>,
        suffix: &str,
        bound: Argument<T>,
        arguments: &[Argument<T>],
        span: Span,
    ) -> Result<T> {
        let Some(callee) = callee else {
            return Err(RunError::fatal(format!("truncation needs the function `{suffix}` of the distribution")));
        };
        let mut all: Vec<(Operand<T>, Level)> = Vec::with_capacity(arguments.len() + 1);
        all.push(bound);
        all.extend(arguments.iter().cloned());
        real(self.call_with(callee, all, span)?)
    }
}

fn real<T: Num>(value: Option<Value<T>>) -> Result<T> {
    match value {
        Some(Value::Real(x)) => Ok(x),
        Some(Value::Int(i)) => Ok(T::from(i as f64)),
        _ => Err(RunError::fatal("a density must be a real number")),
    }
}

fn scalar<T: Num>(value: &Value<T>) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Real(x) => Some(x.value()),
        _ => None,
    }
}

fn is_container<T>(value: &Value<T>) -> bool {
    !matches!(value, Value::Int(_) | Value::Real(_) | Value::Complex(_))
}

fn length<T>(value: &Value<T>) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Vector(v) | Value::RowVector(v) => v.len(),
        _ => 1,
    }
}

/// Element `i` of a container, a scalar itself.
fn element<T: Num>(operand: &Operand<T>, i: usize) -> Result<Operand<T>> {
    let missing = || RunError::fatal("the arguments of a truncated distribution differ in size");
    Ok(match operand.get() {
        Value::Array(items) => Operand::Own(items.get(i).cloned().ok_or_else(missing)?),
        Value::Vector(v) | Value::RowVector(v) => Operand::Own(Value::Real(*v.get(i).ok_or_else(missing)?)),
        _ => operand.clone(),
    })
}
