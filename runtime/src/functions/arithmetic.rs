//! Addition, multiplication, division and comparison of numbers, vectors and matrices.

use super::error::{FunctionError, Result};
use super::linear;
use super::scalar::{Scalar, Shape, View, by_scalar, no_overload, view};
use crate::num::Num;
use crate::value::{Matrix, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

super::functions! {
    add => add,
    subtract => subtract,
    multiply => multiply,
    divide => divide,
    int_divide => int_divide,
    modulus => modulus,
    elt_multiply => elt_multiply,
    elt_divide => elt_divide,
    minus => minus,
    plus => plus,
    logical_eq => compare,
    logical_neq => compare,
    logical_lt => compare,
    logical_lte => compare,
    logical_gt => compare,
    logical_gte => compare,
    logical_negation => logical_negation,
    logical_and => logical_and,
    logical_or => logical_or,
}

/// Applies `f` entry by entry; a scalar meets every entry of a container.
pub(super) fn zip<S: Scalar>(name: &str, args: &[&Value<S::Real>], f: impl Fn(S, S) -> S) -> Result<Value<S::Real>> {
    let (a, b) = (view::<S>(name, args, 0)?, view::<S>(name, args, 1)?);
    match (a.shape, b.shape) {
        (Shape::Scalar, shape) => {
            let x = a.data[0];
            Ok(S::pack(shape, b.data.iter().map(|&y| f(x, y)).collect()))
        }
        (shape, Shape::Scalar) => {
            let y = b.data[0];
            Ok(S::pack(shape, a.data.iter().map(|&x| f(x, y)).collect()))
        }
        (s, t) if s == t => Ok(S::pack(s, a.data.iter().zip(b.data.iter()).map(|(&x, &y)| f(x, y)).collect())),
        (s, t) if std::mem::discriminant(&s) == std::mem::discriminant(&t) => {
            Err(FunctionError::size(name, format!("sizes {s} and {t} differ")))
        }
        _ => Err(no_overload(name, args)),
    }
}

fn int_overflow(name: &str, a: i32, b: i32) -> FunctionError {
    FunctionError::overflow(name, format!("integer overflow for {a} and {b}"))
}

/// Integers stay integers, real scalars take a short way, everything else is zipped.
macro_rules! elementwise_operator {
    ($(#[$doc:meta])* $name:ident, $checked:ident, $op:tt) => {
        $(#[$doc])*
        pub(super) fn $name<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
            fn containers<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
                zip::<S>(name, args, |x, y| x $op y)
            }
            match args {
                [Value::Real(x), Value::Real(y)] => Ok(Value::Real(*x $op *y)),
                [Value::Int(a), Value::Int(b)] => {
                    a.$checked(*b).map(Value::Int).ok_or_else(|| int_overflow(name, *a, *b))
                }
                [_, _] => by_scalar!(containers, name, args),
                _ => Err(no_overload(name, args)),
            }
        }
    };
}

elementwise_operator!(
    /// `a + b`
    add, checked_add, +
);
elementwise_operator!(
    /// `a - b`
    subtract, checked_sub, -
);
elementwise_operator!(
    /// `a .* b`
    elt_multiply, checked_mul, *
);

/// `a * b`: of numbers, of a number and a container, or the product of linear algebra.
pub(super) fn multiply<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [Value::Real(x), Value::Real(y)] => Ok(Value::Real(*x * *y)),
        [Value::Int(a), Value::Int(b)] => a.checked_mul(*b).map(Value::Int).ok_or_else(|| int_overflow(name, *a, *b)),
        [_, _] => by_scalar!(product, name, args),
        _ => Err(no_overload(name, args)),
    }
}

fn product<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
    let (a, b) = (view::<S>(name, args, 0)?, view::<S>(name, args, 1)?);
    use Shape::{Matrix as Mat, Row, Scalar as One, Vector as Col};
    let shape = match (a.shape, b.shape) {
        (One, _) | (_, One) => return zip::<S>(name, args, |x, y| x * y),
        (Row(_), Col(_)) => One,
        (Row(_), Mat(_, n)) => Row(n),
        (Mat(n, _), Col(_)) => Col(n),
        (Mat(n, _), Mat(_, m)) => Mat(n, m),
        (Col(n), Row(m)) => Mat(n, m),
        // A column times a matrix of one row is an outer product only where Stan has it: it has not.
        _ => return Err(no_overload(name, args)),
    };
    Ok(S::pack(shape, matrix_product(name, &a, &b)?))
}

/// The matrix product of two views; fails where the inner sizes differ.
pub(super) fn matrix_product<S: Scalar>(name: &str, a: &View<S>, b: &View<S>) -> Result<Vec<S>> {
    if a.cols() != b.rows() {
        let (m, n) = (a.cols(), b.rows());
        let message = format!("columns of the first argument ({m}) and rows of the second ({n}) differ");
        return Err(FunctionError::size(name, message));
    }
    Ok(S::matrix_product(&a.data, &b.data, a.rows(), a.cols(), b.cols()))
}

fn truncated_division(name: &str, a: i32, b: i32) -> Result<i32> {
    if b == 0 {
        return Err(FunctionError::domain(name, "denominator is 0"));
    }
    a.checked_div(b).ok_or_else(|| int_overflow(name, a, b))
}

/// `a / b`: of integers truncated toward zero, of a container and a number, or `a * inverse(b)` for a matrix `b`.
pub(super) fn divide<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn containers<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        zip::<S>(name, args, |x, y| x / y)
    }
    match args {
        [Value::Real(x), Value::Real(y)] => Ok(Value::Real(*x / *y)),
        [Value::Int(a), Value::Int(b)] => truncated_division(name, *a, *b).map(Value::Int),
        [
            Value::RowVector(_) | Value::Matrix(_) | Value::ComplexRowVector(_) | Value::ComplexMatrix(_),
            Value::Matrix(_) | Value::ComplexMatrix(_),
        ] => linear::mdivide_right("mdivide_right", args),
        [_, _] => by_scalar!(containers, name, args),
        _ => Err(no_overload(name, args)),
    }
}

/// `a ./ b`
pub(super) fn elt_divide<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn containers<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        zip::<S>(name, args, |x, y| x / y)
    }
    match args {
        [Value::Int(a), Value::Int(b)] => truncated_division(name, *a, *b).map(Value::Int),
        [_, _] => by_scalar!(containers, name, args),
        _ => Err(no_overload(name, args)),
    }
}

/// `a %/% b`
pub(super) fn int_divide<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [Value::Int(a), Value::Int(b)] => truncated_division(name, *a, *b).map(Value::Int),
        _ => Err(no_overload(name, args)),
    }
}

/// `a % b`, with the sign of `a`.
pub(super) fn modulus<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [Value::Int(_), Value::Int(0)] => Err(FunctionError::domain(name, "divisor is 0")),
        [Value::Int(a), Value::Int(b)] => Ok(Value::Int(a.wrapping_rem(*b))),
        _ => Err(no_overload(name, args)),
    }
}

/// `-a`, inside arrays too; of two arguments their difference.
fn minus<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn negative<T: Num>(name: &str, a: &Value<T>) -> Result<Value<T>> {
        Ok(match a {
            Value::Int(a) => {
                Value::Int(a.checked_neg().ok_or_else(|| FunctionError::overflow(name, "integer overflow"))?)
            }
            Value::Array(items) => Value::Array(items.iter().map(|v| negative(name, v)).collect::<Result<_>>()?),
            Value::Tuple(_) => return Err(no_overload(name, &[a])),
            other => other.map(&mut |x: T| -x),
        })
    }
    match args {
        [a] => negative(name, a),
        [_, _] => subtract(name, args),
        _ => Err(no_overload(name, args)),
    }
}

/// `+a`; of two arguments their sum.
fn plus<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    match args {
        [a] => Ok((*a).clone()),
        [_, _] => add(name, args),
        _ => Err(no_overload(name, args)),
    }
}

/// The six comparisons of numbers: 1 or 0. Whatever is compared with NaN, only "differs" holds.
pub(super) fn compare<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let ordering = match args {
        [Value::Int(a), Value::Int(b)] => Some(a.cmp(b)),
        [a, b] => match (number(a), number(b)) {
            (Some(x), Some(y)) => x.partial_cmp(&y),
            _ => {
                let (Some(x), Some(y)) = (complex(a), complex(b)) else { return Err(no_overload(name, args)) };
                let equal = x == y;
                return match name {
                    "logical_eq" => Ok(Value::Int(equal as i32)),
                    "logical_neq" => Ok(Value::Int(!equal as i32)),
                    _ => Err(no_overload(name, args)),
                };
            }
        },
        _ => return Err(no_overload(name, args)),
    };
    let holds = match name {
        "logical_eq" => ordering == Some(Ordering::Equal),
        "logical_neq" => ordering != Some(Ordering::Equal),
        "logical_lt" => ordering == Some(Ordering::Less),
        "logical_lte" => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        "logical_gt" => ordering == Some(Ordering::Greater),
        _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    };
    Ok(Value::Int(holds as i32))
}

fn number<T: Num>(value: &Value<T>) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Real(x) => Some(x.value()),
        _ => None,
    }
}

fn complex<T: Num>(value: &Value<T>) -> Option<(f64, f64)> {
    match value {
        Value::Complex(z) => Some((z.re.value(), z.im.value())),
        other => number(other).map(|x| (x, 0.0)),
    }
}

/// Whether a number counts as true.
fn truth<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<bool> {
    args.get(i).and_then(|v| number(v)).map(|x| x != 0.0).ok_or_else(|| no_overload(name, args))
}

fn logical_negation<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Int(!truth(name, args, 0)? as i32))
}

fn logical_and<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Int((truth(name, args, 0)? && truth(name, args, 1)?) as i32))
}

fn logical_or<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Int((truth(name, args, 0)? || truth(name, args, 1)?) as i32))
}

/// A matrix as a view of it.
pub(super) fn as_view<S: Copy>(m: &Matrix<S>) -> View<'_, S> {
    View { shape: Shape::Matrix(m.rows, m.cols), data: Cow::Borrowed(&m.data) }
}
