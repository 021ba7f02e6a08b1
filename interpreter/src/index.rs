//! Stan's indexing, on read and on write. Positions count from 1 and are checked; ranges whose end lies before their
//! beginning select nothing.

use crate::error::{Result, RunError};
use crate::shape::{same_sizes, sizes};
use ppl_runtime::num::Num;
use ppl_runtime::value::{Matrix, Value};

/// One index, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Idx {
    All,
    Single(i32),
    Multi(Vec<i32>),
    From(i32),
    To(i32),
    Between(i32, i32),
}

/// One step into a value, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Index(Vec<Idx>),
    /// Counted from 1.
    Project(usize),
}

/// A part of a value: within it, or made.
pub(crate) enum Part<'v, T> {
    Ref(&'v Value<T>),
    Own(Value<T>),
}

impl<T: Num> Part<'_, T> {
    pub fn into_value(self) -> Value<T> {
        match self {
            Part::Ref(value) => value.clone(),
            Part::Own(value) => value,
        }
    }
}

fn out_of_range(index: i32, size: usize, dimension: usize) -> Box<RunError> {
    RunError::fatal(format!("index {index} is out of range; dimension {dimension} has size {size}"))
}

fn mismatched(index: &str, value: &str) -> Box<RunError> {
    RunError::fatal(format!("a value of type {value} cannot be indexed by {index}"))
}

fn position(index: i32, size: usize, dimension: usize) -> Result<usize> {
    if index >= 1 && index as usize <= size {
        Ok(index as usize - 1)
    } else {
        Err(out_of_range(index, size, dimension))
    }
}

/// The positions, counted from 0, that an index selects of `size`. Stan checks the beginning of an empty range of a
/// vector or matrix that is read, and not of one that is written or of an array.
fn positions(index: &Idx, size: usize, dimension: usize, check_start: bool) -> Result<Vec<usize>> {
    let between = |first: i32, last: i32| -> Result<Vec<usize>> {
        if last < first {
            if check_start {
                position(first, size, dimension)?;
            }
            return Ok(Vec::new());
        }
        let first = position(first, size, dimension)?;
        Ok((first..=position(last, size, dimension)?).collect())
    };
    match index {
        Idx::All => Ok((0..size).collect()),
        Idx::Single(i) => Ok(vec![position(*i, size, dimension)?]),
        Idx::Multi(list) => list.iter().map(|&i| position(i, size, dimension)).collect(),
        Idx::From(first) => {
            if !check_start && *first as i64 == size as i64 + 1 {
                return Ok(Vec::new());
            }
            Ok((position(*first, size, dimension)?..size).collect())
        }
        Idx::To(last) if *last < 1 => Ok(Vec::new()),
        Idx::To(last) => Ok((0..=position(*last, size, dimension)?).collect()),
        Idx::Between(first, last) => between(*first, *last),
    }
}

/// `value[indices]`; `dimension` is that of the first index, for messages.
pub(crate) fn read<'v, T: Num>(value: &'v Value<T>, indices: &[Idx], dimension: usize) -> Result<Part<'v, T>> {
    let Some((first, rest)) = indices.split_first() else { return Ok(Part::Ref(value)) };
    let single = |n: usize| match first {
        Idx::Single(i) => position(*i, n, dimension).map(Some),
        _ => Ok(None),
    };
    macro_rules! vector {
        ($v:expr, $scalar:ident, $kind:ident) => {
            match single($v.len())? {
                Some(i) => Value::$scalar($v[i]),
                None => Value::$kind(positions(first, $v.len(), dimension, true)?.into_iter().map(|i| $v[i]).collect()),
            }
        };
    }
    macro_rules! matrix {
        ($m:expr, $scalar:ident, $column:ident, $row:ident, $kind:ident) => {{
            let columns = rest.first().unwrap_or(&Idx::All);
            match (first, columns) {
                (Idx::Single(i), Idx::Single(j)) => {
                    let i = position(*i, $m.rows, dimension)?;
                    Value::$scalar($m.at(i, position(*j, $m.cols, dimension + 1)?))
                }
                (Idx::Single(i), _) => {
                    let i = position(*i, $m.rows, dimension)?;
                    let columns = positions(columns, $m.cols, dimension + 1, true)?;
                    Value::$row(columns.into_iter().map(|j| $m.at(i, j)).collect())
                }
                (_, Idx::Single(j)) => {
                    let j = position(*j, $m.cols, dimension + 1)?;
                    let rows = positions(first, $m.rows, dimension, true)?;
                    Value::$column(rows.into_iter().map(|i| $m.at(i, j)).collect())
                }
                _ => {
                    let rows = positions(first, $m.rows, dimension, true)?;
                    let columns = positions(columns, $m.cols, dimension + 1, true)?;
                    Value::$kind(Matrix::from_fn(rows.len(), columns.len(), |i, j| $m.at(rows[i], columns[j])))
                }
            }
        }};
    }
    Ok(Part::Own(match value {
        Value::Array(items) => match single(items.len())? {
            Some(i) => return read(&items[i], rest, dimension + 1),
            None => {
                let picked = positions(first, items.len(), dimension, false)?;
                let parts = picked.into_iter().map(|i| Ok(read(&items[i], rest, dimension + 1)?.into_value()));
                Value::Array(parts.collect::<Result<_>>()?)
            }
        },
        Value::Vector(v) => vector!(v, Real, Vector),
        Value::RowVector(v) => vector!(v, Real, RowVector),
        Value::ComplexVector(v) => vector!(v, Complex, ComplexVector),
        Value::ComplexRowVector(v) => vector!(v, Complex, ComplexRowVector),
        Value::Matrix(m) => matrix!(m, Real, Vector, RowVector, Matrix),
        Value::ComplexMatrix(m) => matrix!(m, Complex, ComplexVector, ComplexRowVector, ComplexMatrix),
        Value::Int(_) | Value::Real(_) | Value::Complex(_) => return Err(mismatched("[]", "scalar")),
        Value::Tuple(_) => return Err(mismatched("[]", "tuple")),
    }))
}

/// The part of `value` at the end of `path`.
pub(crate) fn read_path<'v, T: Num>(value: &'v Value<T>, path: &[Step]) -> Result<Part<'v, T>> {
    let mut part = Part::Ref(value);
    let mut dimension = 1;
    for step in path {
        part = match part {
            Part::Ref(value) => step_into(value, step, dimension)?,
            Part::Own(value) => Part::Own(step_into(&value, step, dimension)?.into_value()),
        };
        if let Step::Index(indices) = step {
            dimension += indices.len();
        }
    }
    Ok(part)
}

fn step_into<'v, T: Num>(value: &'v Value<T>, step: &Step, dimension: usize) -> Result<Part<'v, T>> {
    match (step, value) {
        (Step::Index(indices), _) => read(value, indices, dimension),
        (Step::Project(k), Value::Tuple(items)) if *k >= 1 && *k <= items.len() => Ok(Part::Ref(&items[k - 1])),
        (Step::Project(k), _) => Err(mismatched(&format!(".{k}"), "no such tuple")),
    }
}

/// Assigns `new` to the part of `value` at the end of `path`. `new` must have the sizes of the part.
pub(crate) fn write<T: Num>(value: &mut Value<T>, path: &[Step], new: Value<T>) -> Result<()> {
    let Some((step, rest)) = path.split_first() else { return assign(value, new) };
    match step {
        Step::Project(k) => match value {
            Value::Tuple(items) if *k >= 1 && *k <= items.len() => write(&mut items[k - 1], rest, new),
            _ => Err(mismatched(&format!(".{k}"), "no such tuple")),
        },
        Step::Index(indices) => write_index(value, indices, rest, new, 1),
    }
}

fn assign<T: Num>(old: &mut Value<T>, new: Value<T>) -> Result<()> {
    match (&mut *old, new) {
        (Value::Real(x), Value::Int(i)) => *x = T::from(i as f64),
        (_, new) => {
            if !same_sizes(old, &new) {
                return Err(RunError::fatal(format!(
                    "sizes differ in assignment: the left side has {}, the right side {}",
                    sizes(old),
                    sizes(&new)
                )));
            }
            *old = new;
        }
    }
    Ok(())
}

fn wrong_size(what: &str, left: usize, right: usize) -> Box<RunError> {
    RunError::fatal(format!("sizes differ in assignment: the left side has {left} {what}, the right side {right}"))
}

fn write_index<T: Num>(
    value: &mut Value<T>,
    indices: &[Idx],
    rest: &[Step],
    new: Value<T>,
    dimension: usize,
) -> Result<()> {
    let Some((first, others)) = indices.split_first() else { return write(value, rest, new) };
    if let (Value::Array(items), Idx::Single(i)) = (&mut *value, first) {
        let i = position(*i, items.len(), dimension)?;
        return write_index(&mut items[i], others, rest, new, dimension + 1);
    }
    if !rest.is_empty() {
        // x[1:3][2] = e: change a copy of the selection and put it back.
        let mut selection = read(value, indices, dimension)?.into_value();
        write(&mut selection, rest, new)?;
        return write_index(value, indices, &[], selection, dimension);
    }
    macro_rules! vector {
        ($v:expr, $scalar:ident, $kind:ident, $new:expr) => {
            match (first, $new) {
                (Idx::Single(i), Value::$scalar(x)) => {
                    let i = position(*i, $v.len(), dimension)?;
                    $v[i] = x;
                }
                (_, Value::$kind(x)) => {
                    let picked = positions(first, $v.len(), dimension, false)?;
                    if picked.len() != x.len() {
                        return Err(wrong_size("elements", picked.len(), x.len()));
                    }
                    for (i, x) in picked.into_iter().zip(x) {
                        $v[i] = x;
                    }
                }
                (_, new) => return Err(unassignable(&new)),
            }
        };
    }
    macro_rules! matrix {
        ($m:expr, $scalar:ident, $column:ident, $row:ident, $kind:ident, $new:expr) => {{
            let columns = others.first().unwrap_or(&Idx::All);
            if let (Idx::Single(i), Idx::Single(j), Value::$scalar(x)) = (first, columns, &$new) {
                let i = position(*i, $m.rows, dimension)?;
                let j = position(*j, $m.cols, dimension + 1)?;
                $m.set(i, j, *x);
                return Ok(());
            }
            let rows = positions(first, $m.rows, dimension, false)?;
            let columns = positions(columns, $m.cols, dimension + 1, false)?;
            let (new_rows, new_columns, data) = match $new {
                Value::$scalar(x) => (1, 1, vec![x]),
                Value::$column(v) => (v.len(), 1, v),
                Value::$row(v) => (1, v.len(), v),
                Value::$kind(m) => (m.rows, m.cols, m.data),
                new => return Err(unassignable(&new)),
            };
            if rows.len() != new_rows {
                return Err(wrong_size("rows", rows.len(), new_rows));
            }
            if columns.len() != new_columns {
                return Err(wrong_size("columns", columns.len(), new_columns));
            }
            let mut data = data.into_iter();
            for &j in &columns {
                for (&i, x) in rows.iter().zip(&mut data) {
                    $m.set(i, j, x);
                }
            }
        }};
    }
    let new = match (&*value, new) {
        (Value::Vector(_) | Value::RowVector(_) | Value::Matrix(_), Value::Int(i)) => Value::Real(T::from(i as f64)),
        (_, new) => new,
    };
    match value {
        Value::Array(items) => {
            let picked = positions(first, items.len(), dimension, false)?;
            let Value::Array(new) = new else { return Err(unassignable(&new)) };
            if picked.len() != new.len() {
                return Err(wrong_size("elements", picked.len(), new.len()));
            }
            for (i, new) in picked.into_iter().zip(new) {
                write_index(&mut items[i], others, &[], new, dimension + 1)?;
            }
        }
        Value::Vector(v) => vector!(v, Real, Vector, new),
        Value::RowVector(v) => vector!(v, Real, RowVector, new),
        Value::ComplexVector(v) => vector!(v, Complex, ComplexVector, new),
        Value::ComplexRowVector(v) => vector!(v, Complex, ComplexRowVector, new),
        Value::Matrix(m) => matrix!(m, Real, Vector, RowVector, Matrix, new),
        Value::ComplexMatrix(m) => matrix!(m, Complex, ComplexVector, ComplexRowVector, ComplexMatrix, new),
        Value::Int(_) | Value::Real(_) | Value::Complex(_) => return Err(mismatched("[]", "scalar")),
        Value::Tuple(_) => return Err(mismatched("[]", "tuple")),
    }
    Ok(())
}

fn unassignable<T>(new: &Value<T>) -> Box<RunError> {
    RunError::fatal(format!("the right side, of sizes {}, cannot be assigned to this selection", sizes(new)))
}
