//! The constraint transforms as functions: `*_constrain`, `*_jacobian` (which also adds a log Jacobian determinant to the
//! caller's accumulator) and `*_unconstrain`. What they compute is in [`transform`](crate::transform).

use super::error::{FunctionError, Result};
use super::scalar::{Scalar, Shape, arity, count, no_overload, same_size};
use super::svd;
use crate::num::{Num, Tape, Var};
use crate::transform::{self, Violation};
use crate::value::{Matrix, Value};
use std::cell::Cell;

super::functions! {
    lower_bound_constrain => constrain,
    upper_bound_constrain => constrain,
    lower_upper_bound_constrain => constrain,
    offset_multiplier_constrain => constrain,
    simplex_constrain => constrain,
    ordered_constrain => constrain,
    positive_ordered_constrain => constrain,
    unit_vector_constrain => constrain,
    sum_to_zero_constrain => constrain,
    corr_matrix_constrain => constrain,
    cov_matrix_constrain => constrain,
    cholesky_factor_corr_constrain => constrain,
    cholesky_factor_cov_constrain => constrain,
    stochastic_column_constrain => constrain,
    stochastic_row_constrain => constrain,
    lower_bound_unconstrain => unconstrain,
    upper_bound_unconstrain => unconstrain,
    lower_upper_bound_unconstrain => unconstrain,
    offset_multiplier_unconstrain => unconstrain,
    simplex_unconstrain => unconstrain,
    ordered_unconstrain => unconstrain,
    positive_ordered_unconstrain => unconstrain,
    unit_vector_unconstrain => unconstrain,
    sum_to_zero_unconstrain => unconstrain,
    corr_matrix_unconstrain => unconstrain,
    cov_matrix_unconstrain => unconstrain,
    cholesky_factor_corr_unconstrain => unconstrain,
    cholesky_factor_cov_unconstrain => unconstrain,
    stochastic_column_unconstrain => unconstrain,
    stochastic_row_unconstrain => unconstrain,
}

fn constrain<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(constrain_with_jacobian(name, args)?.0)
}

/// The value of `name`, which ends with `_jacobian` or `_constrain`, and the log of the absolute Jacobian determinant, which
/// the former adds to the `jacobian` of the program.
///
/// # Errors
/// [`FunctionError`]: no such function, bounds that allow no value, or sizes that do not fit.
pub fn constrain_with_jacobian<T: Num>(name: &str, args: &[&Value<T>]) -> Result<(Value<T>, T)> {
    let base = name.strip_suffix("_jacobian").or_else(|| name.strip_suffix("_constrain")).unwrap_or(name);
    let total = Cell::new(T::from(0.0));
    let violation = |v: Violation| FunctionError::domain(name, v);
    if let Some(bounds) = bounds_of(base) {
        arity(name, args, 1 + bounds..=1 + bounds)?;
        let value = elementwise(name, args[0], &args[1..], &|x, b: &[T]| {
            let mut log_jacobian = total.get();
            let y = constrain_number(base, x, b, &mut log_jacobian).map_err(violation)?;
            total.set(log_jacobian);
            Ok(y)
        })?;
        return Ok((value, total.get()));
    }
    let sizes: Vec<usize> = (1..args.len()).map(|i| count(name, args, i)).collect::<Result<_>>()?;
    let first = args.first().ok_or_else(|| no_overload(name, args))?;
    let value = nested(first, &|v| {
        let mut log_jacobian = total.get();
        let y = constrain_container(name, base, v, &sizes, &mut log_jacobian)?;
        total.set(log_jacobian);
        Ok(y)
    })?;
    Ok((value, total.get()))
}

/// The number of bounds of an elementwise transform.
fn bounds_of(base: &str) -> Option<usize> {
    match base {
        "lower_bound" | "upper_bound" => Some(1),
        "lower_upper_bound" | "offset_multiplier" => Some(2),
        _ => None,
    }
}

fn constrain_number<T: Num>(base: &str, x: T, b: &[T], log_jacobian: &mut T) -> Result<T, Violation> {
    match base {
        "lower_bound" => Ok(transform::lower::constrain(x, b[0], log_jacobian)),
        "upper_bound" => Ok(transform::upper::constrain(x, b[0], log_jacobian)),
        "lower_upper_bound" => transform::lower_upper::constrain(x, b[0], b[1], log_jacobian),
        _ => transform::offset_multiplier::constrain(x, b[0], b[1], log_jacobian),
    }
}

/// `f(x, bounds)` of every number inside; a bound is a number for all, or of the same shape.
fn elementwise<T: Num>(
    name: &str,
    x: &Value<T>,
    bounds: &[&Value<T>],
    f: &impl Fn(T, &[T]) -> Result<T>,
) -> Result<Value<T>> {
    match x {
        Value::Array(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                let mut own = Vec::with_capacity(bounds.len());
                for &b in bounds {
                    own.push(match b {
                        Value::Array(all) => {
                            same_size(name, items.len(), all.len())?;
                            &all[i]
                        }
                        one => one,
                    });
                }
                out.push(elementwise(name, item, &own, f)?);
            }
            Ok(Value::Array(out))
        }
        _ => {
            let view = T::view(x).ok_or_else(|| no_overload(name, &[x]))?;
            let mut views = Vec::with_capacity(bounds.len());
            for b in bounds {
                let b = T::view(b).ok_or_else(|| no_overload(name, &[x, b]))?;
                if b.shape != Shape::Scalar && b.shape != view.shape {
                    let message = format!("sizes {} and {} differ", view.shape, b.shape);
                    return Err(FunctionError::size(name, message));
                }
                views.push(b);
            }
            let mut own = vec![T::from(0.0); bounds.len()];
            let mut data = Vec::with_capacity(view.len());
            for (i, &x) in view.data.iter().enumerate() {
                for (o, b) in own.iter_mut().zip(&views) {
                    *o = if b.shape == Shape::Scalar { b.data[0] } else { b.data[i] };
                }
                data.push(f(x, &own)?);
            }
            Ok(T::pack(view.shape, data))
        }
    }
}

/// `f` of a vector or matrix, or of those in arrays.
fn nested<T: Num>(value: &Value<T>, f: &impl Fn(&Value<T>) -> Result<Value<T>>) -> Result<Value<T>> {
    match value {
        Value::Array(items) => Ok(Value::Array(items.iter().map(|v| nested(v, f)).collect::<Result<_>>()?)),
        one => f(one),
    }
}

fn constrain_container<T: Num>(
    name: &str,
    base: &str,
    x: &Value<T>,
    sizes: &[usize],
    log_jacobian: &mut T,
) -> Result<Value<T>> {
    let violation = |v: Violation| FunctionError::domain(name, v);
    let needs = |wanted: usize, found: usize| {
        if wanted == found {
            Ok(())
        } else {
            Err(FunctionError::size(name, format!("needs {wanted} unconstrained values, got {found}")))
        }
    };
    Ok(match (base, x, sizes) {
        ("simplex", Value::Vector(v), []) => Value::Vector(transform::simplex::constrain(v, log_jacobian)),
        ("ordered", Value::Vector(v), []) => Value::Vector(transform::ordered::constrain(v, log_jacobian)),
        ("positive_ordered", Value::Vector(v), []) => {
            Value::Vector(transform::positive_ordered::constrain(v, log_jacobian))
        }
        ("unit_vector", Value::Vector(v), []) => {
            Value::Vector(transform::unit_vector::constrain(v, log_jacobian).map_err(violation)?)
        }
        ("sum_to_zero", Value::Vector(v), []) => Value::Vector(transform::sum_to_zero::constrain(v)),
        ("sum_to_zero", Value::Matrix(m), []) => {
            Value::Matrix(transform::sum_to_zero::constrain_matrix(&m.data, m.rows + 1, m.cols + 1))
        }
        ("corr_matrix", Value::Vector(v), &[k]) => {
            needs(transform::corr_matrix::free_size(k), v.len())?;
            Value::Matrix(transform::corr_matrix::constrain(v, k, log_jacobian))
        }
        ("cov_matrix", Value::Vector(v), &[k]) => {
            needs(transform::cov_matrix::free_size(k), v.len())?;
            Value::Matrix(transform::cov_matrix::constrain(v, k, log_jacobian))
        }
        ("cholesky_factor_corr", Value::Vector(v), &[k]) => {
            needs(transform::cholesky_factor_corr::free_size(k), v.len())?;
            Value::Matrix(transform::cholesky_factor_corr::constrain(v, k, log_jacobian))
        }
        ("cholesky_factor_cov", Value::Vector(v), &[m, n]) => {
            if m < n {
                let message = format!("needs at least as many rows as columns, got {m} and {n}");
                return Err(FunctionError::size(name, message));
            }
            needs(transform::cholesky_factor_cov::free_size(m, n), v.len())?;
            Value::Matrix(transform::cholesky_factor_cov::constrain(v, m, n, log_jacobian))
        }
        ("stochastic_column", Value::Matrix(m), []) => {
            Value::Matrix(transform::stochastic::constrain_columns(&m.data, m.rows + 1, m.cols, log_jacobian))
        }
        ("stochastic_row", Value::Matrix(m), []) => {
            Value::Matrix(transform::stochastic::constrain_rows(&m.data, m.rows, m.cols + 1, log_jacobian))
        }
        _ => return Err(no_overload(name, &[x])),
    })
}

fn unconstrain<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let base = name.strip_suffix("_unconstrain").unwrap_or(name);
    let Some(bounds) = bounds_of(base) else {
        arity(name, args, 1..=1)?;
        return nested(args[0], &|v| unconstrain_container(name, base, v));
    };
    arity(name, args, 1 + bounds..=1 + bounds)?;
    elementwise(name, args[0], &args[1..], &|y, b: &[T]| {
        let bound = |i: usize| b[i].value();
        let value = match base {
            "lower_bound" => transform::lower::free(y.value(), bound(0)),
            "upper_bound" => transform::upper::free(y.value(), bound(0)),
            "lower_upper_bound" => transform::lower_upper::free(y.value(), bound(0), bound(1)),
            _ => transform::offset_multiplier::free(y.value(), bound(0), bound(1)),
        };
        let x = value.map_err(|v| FunctionError::domain(name, v))?;
        if y.is_constant() && b.iter().all(|b| b.is_constant()) {
            return Ok(T::from(x));
        }
        // y = c(x, b): dx = (dy - dc/db db) / (dc/dx).
        let tape = Tape::new();
        let input = tape.input(x);
        let inputs: Vec<Var> = b.iter().map(|b| tape.input(b.value())).collect();
        let c =
            constrain_number(base, input, &inputs, &mut Var::from(0.0)).map_err(|v| FunctionError::domain(name, v))?;
        let adjoints = tape.reverse(&[(c, 1.0)]);
        let slope = adjoints.of(input);
        let mut terms = vec![(y, 1.0 / slope)];
        terms.extend(b.iter().zip(&inputs).map(|(&b, &v)| (b, -adjoints.of(v) / slope)));
        Ok(T::compose(x, &terms))
    })
}

fn unconstrain_container<T: Num>(name: &str, base: &str, y: &Value<T>) -> Result<Value<T>> {
    let plain: Value<f64> = y.map(&mut |x: T| x.value());
    let free = |x: Result<Vec<f64>, Violation>| x.map_err(|v| FunctionError::domain(name, v));
    let (shape, x, sizes) = match (base, &plain) {
        ("simplex", Value::Vector(v)) => vector(free(transform::simplex::free(v))?),
        ("ordered", Value::Vector(v)) => vector(free(transform::ordered::free(v))?),
        ("positive_ordered", Value::Vector(v)) => vector(free(transform::positive_ordered::free(v))?),
        ("unit_vector", Value::Vector(v)) => vector(free(transform::unit_vector::free(v))?),
        ("sum_to_zero", Value::Vector(v)) => vector(free(transform::sum_to_zero::free(v))?),
        ("sum_to_zero", Value::Matrix(m)) => {
            let x = free(transform::sum_to_zero::free_matrix(m))?;
            (Shape::Matrix(m.rows.saturating_sub(1), m.cols.saturating_sub(1)), x, vec![])
        }
        ("corr_matrix", Value::Matrix(m)) => sized(free(transform::corr_matrix::free(m))?, vec![m.rows]),
        ("cov_matrix", Value::Matrix(m)) => sized(free(transform::cov_matrix::free(m))?, vec![m.rows]),
        ("cholesky_factor_corr", Value::Matrix(m)) => {
            sized(free(transform::cholesky_factor_corr::free(m))?, vec![m.rows])
        }
        ("cholesky_factor_cov", Value::Matrix(m)) => {
            sized(free(transform::cholesky_factor_cov::free(m))?, vec![m.rows, m.cols])
        }
        ("stochastic_column", Value::Matrix(m)) => {
            (Shape::Matrix(m.rows.saturating_sub(1), m.cols), free(transform::stochastic::free_columns(m))?, vec![])
        }
        ("stochastic_row", Value::Matrix(m)) => {
            (Shape::Matrix(m.rows, m.cols.saturating_sub(1)), free(transform::stochastic::free_rows(m))?, vec![])
        }
        _ => return Err(no_overload(name, &[y])),
    };
    let y = T::view(y).ok_or_else(|| no_overload(name, &[y]))?;
    if y.data.iter().all(|v| v.is_constant()) {
        return Ok(T::pack(shape, x.into_iter().map(T::from).collect()));
    }
    // y = c(x): dx = C^+ dy with C the Jacobian of the transform, for changes of y that stay in the support.
    let tape = Tape::new();
    let inputs: Vec<Var> = x.iter().map(|&v| tape.input(v)).collect();
    let constrained = constrain_container(name, base, &Var::pack(shape, inputs.clone()), &sizes, &mut Var::from(0.0))?;
    let outputs = Var::view(&constrained).ok_or_else(|| FunctionError::unsupported(name, "no real container"))?;
    let mut jacobian = Matrix::filled(outputs.len(), inputs.len(), 0.0);
    for (i, &output) in outputs.data.iter().enumerate() {
        let adjoints = tape.reverse(&[(output, 1.0)]);
        for (j, &input) in inputs.iter().enumerate() {
            jacobian.set(i, j, adjoints.of(input));
        }
    }
    let inverse = svd::pseudo_inverse(&jacobian);
    let data = x.iter().enumerate().map(|(j, &x)| {
        let terms: Vec<(T, f64)> = y.data.iter().enumerate().map(|(i, &v)| (v, inverse.at(j, i))).collect();
        T::compose(x, &terms)
    });
    Ok(T::pack(shape, data.collect()))
}

fn vector(x: Vec<f64>) -> (Shape, Vec<f64>, Vec<usize>) {
    (Shape::Vector(x.len()), x, vec![])
}

fn sized(x: Vec<f64>, sizes: Vec<usize>) -> (Shape, Vec<f64>, Vec<usize>) {
    (Shape::Vector(x.len()), x, sizes)
}
