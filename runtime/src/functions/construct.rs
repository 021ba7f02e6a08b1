//! Constants, and containers made of sizes: repeated, spaced, one-hot.

use super::error::{FunctionError, Result};
use super::scalar::{Scalar, Shape, arity, by_scalar, count, int, int_array, no_overload, real, view};
use crate::num::Num;
use crate::value::{Matrix, Value};
use std::f64::consts;

super::functions! {
    pi => constant,
    e => constant,
    sqrt2 => constant,
    not_a_number => constant,
    positive_infinity => constant,
    negative_infinity => constant,
    machine_precision => constant,
    rep_array => rep_array,
    rep_vector => rep_vector,
    rep_row_vector => rep_vector,
    rep_matrix => rep_matrix,
    zeros_vector => filled,
    zeros_row_vector => filled,
    zeros_array => filled,
    zeros_int_array => filled_ints,
    ones_vector => filled,
    ones_row_vector => filled,
    ones_array => filled,
    ones_int_array => filled_ints,
    uniform_simplex => uniform_simplex,
    one_hot_vector => one_hot,
    one_hot_row_vector => one_hot,
    one_hot_array => one_hot,
    one_hot_int_array => one_hot,
    linspaced_vector => linspaced,
    linspaced_row_vector => linspaced,
    linspaced_array => linspaced,
    linspaced_int_array => linspaced_int_array,
    identity_matrix => identity_matrix,
}

fn constant<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 0..=0)?;
    let x = match name {
        "pi" => consts::PI,
        "e" => consts::E,
        "sqrt2" => consts::SQRT_2,
        "positive_infinity" => f64::INFINITY,
        "negative_infinity" => f64::NEG_INFINITY,
        "machine_precision" => f64::EPSILON,
        _ => f64::NAN,
    };
    Ok(Value::Real(T::from(x)))
}

fn rep_array<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=usize::MAX)?;
    let mut value = args[0].clone();
    for i in (1..args.len()).rev() {
        value = Value::Array(vec![value; count(name, args, i)?]);
    }
    Ok(value)
}

fn rep_vector<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (x, n) = (view::<S>(name, args, 0)?, count(name, args, 1)?);
        let shape = if name == "rep_vector" { Shape::Vector(n) } else { Shape::Row(n) };
        match x.shape {
            Shape::Scalar => Ok(S::pack(shape, vec![x.data[0]; n])),
            _ => Err(no_overload(name, args)),
        }
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

fn rep_matrix<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let x = view::<S>(name, args, 0)?;
        let n = count(name, args, 1)?;
        let m = match (x.shape, args.len()) {
            (Shape::Scalar, 3) => Matrix::filled(n, count(name, args, 2)?, x.data[0]),
            (Shape::Vector(rows), 2) => Matrix::from_fn(rows, n, |i, _| x.data[i]),
            (Shape::Row(cols), 2) => Matrix::from_fn(n, cols, |_, j| x.data[j]),
            _ => return Err(no_overload(name, args)),
        };
        Ok(S::pack(Shape::Matrix(m.rows, m.cols), m.data))
    }
    by_scalar!(go, name, args)
}

/// The shape that the name ends with.
fn shape_of(name: &str, n: usize) -> Shape {
    if name.ends_with("row_vector") {
        Shape::Row(n)
    } else if name.ends_with("vector") {
        Shape::Vector(n)
    } else {
        Shape::Array(n)
    }
}

fn filled<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let n = count(name, args, 0)?;
    let x = if name.starts_with("ones") { 1.0 } else { 0.0 };
    Ok(T::pack(shape_of(name, n), vec![T::from(x); n]))
}

fn filled_ints<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let n = count(name, args, 0)?;
    Ok(int_array(std::iter::repeat_n(name.starts_with("ones") as i32, n)))
}

fn uniform_simplex<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let n = count(name, args, 0)?;
    if n == 0 {
        return Err(FunctionError::domain(name, "size must be positive, got 0"));
    }
    Ok(Value::Vector(vec![T::from(1.0 / n as f64); n]))
}

fn one_hot<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let (n, k) = (count(name, args, 0)?, int(name, args, 1)?);
    if k < 1 || k as usize > n {
        return Err(FunctionError::domain(name, format!("position {k} is not in 1..{n}")));
    }
    if name == "one_hot_int_array" {
        return Ok(int_array((1..=n).map(|i| (i == k as usize) as i32)));
    }
    let mut data = vec![T::from(0.0); n];
    data[k as usize - 1] = T::from(1.0);
    Ok(T::pack(shape_of(name, n), data))
}

/// `n` equally spaced numbers from `low` to `high`; of one, `high`.
fn linspaced<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    let (n, low, high) = (count(name, args, 0)?, real(name, args, 1)?, real(name, args, 2)?);
    if !low.value().is_finite() || !high.value().is_finite() || high.value() < low.value() {
        let (a, b) = (low.value(), high.value());
        return Err(FunctionError::domain(name, format!("needs finite bounds in order, got {a} and {b}")));
    }
    let data = (0..n)
        .map(|i| {
            if i + 1 == n {
                high
            } else {
                let w = i as f64 / (n - 1) as f64;
                T::compose(low.value() + w * (high.value() - low.value()), &[(low, 1.0 - w), (high, w)])
            }
        })
        .collect();
    Ok(T::pack(shape_of(name, n), data))
}

/// `n` integers from `low` to at most `high`. Where the range holds more integers than `n` and no multiple fits, the step is
/// truncated (Eigen's rule); where it holds fewer, integers repeat.
fn linspaced_int_array<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    let (n, low, high) = (count(name, args, 0)?, int(name, args, 1)? as i64, int(name, args, 2)? as i64);
    if high < low {
        return Err(FunctionError::domain(name, format!("upper bound {high} is below lower bound {low}")));
    }
    if n == 0 {
        return Ok(int_array([]));
    }
    if n == 1 {
        return Ok(int_array([high as i32]));
    }
    let (last, range) = (n as i64 - 1, high - low);
    Ok(int_array((0..n as i64).map(|i| {
        let step = if range >= last { i * (range / last) } else { i / ((n as i64 + range) / (range + 1)) };
        (low + step) as i32
    })))
}

fn identity_matrix<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let n = count(name, args, 0)?;
    Ok(Value::Matrix(Matrix::from_fn(n, n, |i, j| T::from((i == j) as i32 as f64))))
}
