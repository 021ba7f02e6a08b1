//! Reading the arguments of families out of [`Value`]s.

use super::{Check, DomainError};
use crate::num::Num;
use crate::value::{Matrix, Value};
use std::borrow::Cow;

/// A scalar argument: one number for all elements, or one an element.
pub(super) enum Column<'a, T: Clone> {
    One(T),
    Many(Cow<'a, [T]>),
}

impl<'a, T: Num> Column<'a, T> {
    pub(super) fn of(family: &str, name: &str, value: &'a Value<T>) -> Result<Self, DomainError> {
        match value {
            Value::Int(i) => Ok(Column::One(T::from(*i as f64))),
            Value::Real(x) => Ok(Column::One(*x)),
            _ => Ok(Column::Many(numbers(family, name, value)?)),
        }
    }

    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Column::One(_) => None,
            Column::Many(x) => Some(x.len()),
        }
    }

    #[inline]
    pub(super) fn at(&self, i: usize) -> T {
        match self {
            Column::One(x) => *x,
            Column::Many(x) => x[i],
        }
    }

    pub(super) fn check(&self, family: &str, name: &str, check: Check) -> Result<(), DomainError> {
        match self {
            Column::One(x) => check.test(family, name, 0, x.value()),
            Column::Many(x) => check_all(family, name, check, x),
        }
    }
}

/// Tests every element.
pub(super) fn check_all<T: Num>(family: &str, name: &str, check: Check, x: &[T]) -> Result<(), DomainError> {
    x.iter().enumerate().try_for_each(|(i, x)| check.test(family, name, i + 1, x.value()))
}

fn wrong(family: &str, name: &str, expected: &str) -> DomainError {
    DomainError::fatal(format!("{family}: {name} must be {expected}"))
}

/// The numbers of a vector, row vector or one-dimensional array.
pub(super) fn numbers<'a, T: Num>(family: &str, name: &str, value: &'a Value<T>) -> Result<Cow<'a, [T]>, DomainError> {
    match value {
        Value::Vector(x) | Value::RowVector(x) => Ok(Cow::Borrowed(x)),
        Value::Array(items) => items.iter().map(|item| number(family, name, item)).collect(),
        _ => Err(wrong(family, name, "a vector or an array of numbers")),
    }
}

/// A number.
pub(super) fn number<T: Num>(family: &str, name: &str, value: &Value<T>) -> Result<T, DomainError> {
    match value {
        Value::Int(i) => Ok(T::from(*i as f64)),
        Value::Real(x) => Ok(*x),
        _ => Err(wrong(family, name, "a number")),
    }
}

/// An integer.
pub(super) fn integer<T: Num>(family: &str, name: &str, value: &Value<T>) -> Result<i64, DomainError> {
    match value {
        Value::Int(i) => Ok(*i as i64),
        _ => Err(wrong(family, name, "an integer")),
    }
}

/// An integer or an array of them, as a list; and whether it was a single one.
pub(super) fn integers<T: Num>(family: &str, name: &str, value: &Value<T>) -> Result<(Vec<i64>, bool), DomainError> {
    match value {
        Value::Int(i) => Ok((vec![*i as i64], true)),
        Value::Array(items) => {
            Ok((items.iter().map(|item| integer(family, name, item)).collect::<Result<_, _>>()?, false))
        }
        _ => Err(wrong(family, name, "an integer or an array of integers")),
    }
}

/// A matrix.
pub(super) fn matrix<'a, T: Num>(family: &str, name: &str, value: &'a Value<T>) -> Result<&'a Matrix<T>, DomainError> {
    match value {
        Value::Matrix(m) => Ok(m),
        _ => Err(wrong(family, name, "a matrix")),
    }
}

/// A square matrix.
pub(super) fn square_matrix<'a, T: Num>(
    family: &str,
    name: &str,
    value: &'a Value<T>,
) -> Result<&'a Matrix<T>, DomainError> {
    let m = matrix(family, name, value)?;
    if m.rows != m.cols {
        return Err(DomainError::fatal(format!(
            "{family}: {name} has {} rows and {} columns, but must be square",
            m.rows, m.cols
        )));
    }
    Ok(m)
}

/// A vector, or an array of vectors (then the second is true).
pub(super) fn vectors<'a, T: Num>(
    family: &str,
    name: &str,
    value: &'a Value<T>,
) -> Result<(Vec<&'a [T]>, bool), DomainError> {
    match value {
        Value::Vector(x) | Value::RowVector(x) => Ok((vec![x], false)),
        Value::Array(items) => {
            let mut out: Vec<&'a [T]> = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::Vector(x) | Value::RowVector(x) => {
                        if out.first().is_some_and(|first| first.len() != x.len()) {
                            return Err(DomainError::fatal(format!("{family}: the vectors of {name} differ in size")));
                        }
                        out.push(x);
                    }
                    _ => return Err(wrong(family, name, "an array of vectors")),
                }
            }
            Ok((out, true))
        }
        _ => Err(wrong(family, name, "a vector or an array of vectors")),
    }
}

/// # Errors
/// The number of arguments is not `n`.
pub(super) fn count<T>(family: &str, args: &[Value<T>], n: usize) -> Result<(), DomainError> {
    if args.len() == n {
        Ok(())
    } else {
        Err(DomainError::fatal(format!("{family}: {} arguments given, but {n} expected", args.len())))
    }
}

/// # Errors
/// The two sizes differ.
pub(super) fn same_size(family: &str, a: &str, m: usize, b: &str, n: usize) -> Result<(), DomainError> {
    if m == n { Ok(()) } else { Err(DomainError::fatal(format!("{family}: {a} has size {m}, but {b} has size {n}"))) }
}

/// Pairs of vectors.
type Pairs<'a, T> = Vec<(&'a [T], &'a [T])>;

/// The vectors of two arguments, a single one broadcast against the elements of an array.
pub(super) fn pairs<'a, T: Num>(
    family: &str,
    (a_name, a_value, a): (&str, &Value<T>, &[&'a [T]]),
    (b_name, b_value, b): (&str, &Value<T>, &[&'a [T]]),
) -> Result<Pairs<'a, T>, DomainError> {
    let is_array = |v: &Value<T>| matches!(v, Value::Array(_));
    let (many_a, many_b) = (is_array(a_value), is_array(b_value));
    if many_a && many_b {
        same_size(family, a_name, a.len(), b_name, b.len())?;
    }
    let n = if many_a { a.len() } else { b.len() };
    let pairs: Vec<_> = (0..n).map(|i| (a[if many_a { i } else { 0 }], b[if many_b { i } else { 0 }])).collect();
    for (x, y) in &pairs {
        same_size(family, a_name, x.len(), b_name, y.len())?;
    }
    Ok(pairs)
}
