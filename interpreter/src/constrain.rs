//! The library's constraining functions: `lower_bound_jacobian(x, lower)` adds the log Jacobian to the target,
//! `lower_bound_constrain(x, lower)` does not.

use crate::error::{Result, RunError};
use crate::expr::Operand;
use crate::layout::{Bound, Cursor, Layout};
use crate::machine::Machine;
use crate::shape::{Shape, push_numbers};
use ppl_program::typed::Constraint;
use ppl_runtime::num::Num;
use ppl_runtime::value::Value;

impl<T: Num> Machine<'_, T> {
    /// `name` is that of the function, `transform` its part before `_jacobian`.
    pub fn jacobian_function(&mut self, name: &str, transform: &str, operands: &[Operand<T>]) -> Result<Value<T>> {
        let mut log_jacobian = T::from(0.0);
        let value = constrain(name, transform, operands, &mut log_jacobian)?;
        if self.jacobian {
            self.target += log_jacobian;
        }
        Ok(value)
    }
}

/// The constrained value.
pub(crate) fn constrain<T: Num>(
    name: &str,
    transform: &str,
    operands: &[Operand<T>],
    log_jacobian: &mut T,
) -> Result<Value<T>> {
    let wrong = || RunError::fatal(format!("{name}: no overload for these arguments"));
    let (x, rest) = operands.split_first().ok_or_else(wrong)?;
    let bounds: Vec<Value<T>> = rest.iter().map(|o| o.get().clone()).collect();
    let bound = match (transform, &bounds[..]) {
        ("lower_bound", [a]) => Bound::Lower(a.clone()),
        ("upper_bound", [b]) => Bound::Upper(b.clone()),
        ("lower_upper_bound", [a, b]) => Bound::LowerUpper(a.clone(), b.clone()),
        ("offset_multiplier", [m, s]) => Bound::Affine { offset: Some(m.clone()), multiplier: Some(s.clone()) },
        ("simplex", []) => Bound::Structured(Constraint::Simplex),
        ("unit_vector", []) => Bound::Structured(Constraint::UnitVector),
        ("ordered", []) => Bound::Structured(Constraint::Ordered),
        ("positive_ordered", []) => Bound::Structured(Constraint::PositiveOrdered),
        ("sum_to_zero", []) => Bound::Structured(Constraint::SumToZero),
        ("stochastic_row", []) => Bound::Structured(Constraint::RowStochastic),
        ("stochastic_column", []) => Bound::Structured(Constraint::ColumnStochastic),
        ("corr_matrix", [_]) => Bound::Structured(Constraint::CorrMatrix),
        ("cov_matrix", [_]) => Bound::Structured(Constraint::CovMatrix),
        ("cholesky_factor_corr", [_]) => Bound::Structured(Constraint::CholeskyFactorCorr),
        ("cholesky_factor_cov", [_] | [_, _]) => Bound::Structured(Constraint::CholeskyFactorCov),
        _ => return Err(wrong()),
    };
    let sizes: Vec<usize> =
        bounds.iter().filter_map(|b| if let Value::Int(n) = b { usize::try_from(*n).ok() } else { None }).collect();
    each(x.get(), &bound, &sizes, log_jacobian).map_err(|e| e.within(name))
}

/// Transforms every element of an array that is none itself.
fn each<T: Num>(x: &Value<T>, bound: &Bound<T>, sizes: &[usize], lj: &mut T) -> Result<Value<T>> {
    if let Value::Array(items) = x {
        let items = items.iter().enumerate().map(|(i, item)| each(item, &bound.element(i), sizes, lj));
        return Ok(Value::Array(items.collect::<Result<_>>()?));
    }
    let shape = match (bound, x) {
        (Bound::Structured(constraint), x) => match (constraint, x, sizes) {
            (Constraint::Simplex | Constraint::SumToZero, Value::Vector(v), _) => Shape::Vector(v.len() + 1),
            (Constraint::SumToZero, Value::Matrix(m), _) => Shape::Matrix(m.rows + 1, m.cols + 1),
            (Constraint::RowStochastic, Value::Matrix(m), _) => Shape::Matrix(m.rows, m.cols + 1),
            (Constraint::ColumnStochastic, Value::Matrix(m), _) => Shape::Matrix(m.rows + 1, m.cols),
            (Constraint::CholeskyFactorCov, _, [r, c]) => Shape::Matrix(*r, *c),
            (_, _, [k]) => Shape::Matrix(*k, *k),
            (_, Value::Vector(v), _) => Shape::Vector(v.len()),
            _ => return Err(RunError::fatal("no overload for these arguments")),
        },
        (_, Value::Int(_) | Value::Real(_)) => Shape::Real,
        (_, Value::Vector(v)) => Shape::Vector(v.len()),
        (_, Value::RowVector(v)) => Shape::RowVector(v.len()),
        (_, Value::Matrix(m)) => Shape::Matrix(m.rows, m.cols),
        _ => return Err(RunError::fatal("no overload for these arguments")),
    };
    let mut numbers = Vec::new();
    push_numbers(x, &mut numbers);
    let mut cursor = Cursor::new(&numbers);
    let value = Layout::Leaf(shape, bound.clone()).constrain(&mut cursor, lj)?;
    cursor.finish()?;
    Ok(value)
}
