//! Sizes, conversions between containers, appending, and parts of containers.

use super::error::{FunctionError, Result};
use super::scalar::{
    Scalar, Shape, arity, array, by_scalar, count, int, int_array, matrix, no_overload, same_size, sequence, to_i32,
    view,
};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    size => size,
    num_elements => num_elements,
    rows => rows,
    cols => cols,
    dims => dims,
    to_vector => to_vector,
    to_row_vector => to_vector,
    to_matrix => to_matrix,
    to_array_1d => to_array_1d,
    to_array_2d => to_array_2d,
    append_row => append_row,
    append_col => append_col,
    append_array => append_array,
    transpose => transpose,
    reverse => reverse,
    head => head,
    tail => tail,
    segment => segment,
    block => block,
    row => row,
    col => col,
    sub_row => sub_row,
    sub_col => sub_col,
    diagonal => diagonal,
    diag_matrix => diag_matrix,
    add_diag => add_diag,
    symmetrize_from_lower_tri => symmetrize_from_lower_tri,
}

/// All extents of a value: of an array first its own, then those of its first element.
fn extents<T>(value: &Value<T>, out: &mut Vec<usize>) {
    match value {
        Value::Vector(v) | Value::RowVector(v) => out.push(v.len()),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => out.push(v.len()),
        Value::Matrix(m) => out.extend([m.rows, m.cols]),
        Value::ComplexMatrix(m) => out.extend([m.rows, m.cols]),
        Value::Array(items) => {
            out.push(items.len());
            if let Some(first) = items.first() {
                extents(first, out);
            }
        }
        Value::Int(_) | Value::Real(_) | Value::Complex(_) | Value::Tuple(_) => {}
    }
}

fn dims<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let mut out = Vec::new();
    extents(args[0], &mut out);
    let sizes: Vec<i32> = out.into_iter().map(|n| to_i32(name, n)).collect::<Result<_>>()?;
    Ok(int_array(sizes))
}

/// Of an array its length, of a vector or matrix the number of entries, of a number 1.
fn size<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let n = match args[0] {
        Value::Array(items) => items.len(),
        other => element_count(other),
    };
    Ok(Value::Int(to_i32(name, n)?))
}

fn element_count<T>(value: &Value<T>) -> usize {
    match value {
        Value::Int(_) | Value::Real(_) | Value::Complex(_) | Value::Tuple(_) => 1,
        Value::Vector(v) | Value::RowVector(v) => v.len(),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => v.len(),
        Value::Matrix(m) => m.data.len(),
        Value::ComplexMatrix(m) => m.data.len(),
        Value::Array(items) => items.iter().map(element_count).sum(),
    }
}

fn num_elements<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    Ok(Value::Int(to_i32(name, element_count(args[0]))?))
}

fn extent<T: Num>(name: &str, args: &[&Value<T>]) -> Result<(usize, usize)> {
    arity(name, args, 1..=1)?;
    Ok(match args[0] {
        Value::Vector(v) => (v.len(), 1),
        Value::RowVector(v) => (1, v.len()),
        Value::ComplexVector(v) => (v.len(), 1),
        Value::ComplexRowVector(v) => (1, v.len()),
        Value::Matrix(m) => (m.rows, m.cols),
        Value::ComplexMatrix(m) => (m.rows, m.cols),
        _ => return Err(no_overload(name, args)),
    })
}

fn rows<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Int(to_i32(name, extent(name, args)?.0)?))
}

fn cols<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    Ok(Value::Int(to_i32(name, extent(name, args)?.1)?))
}

fn to_vector<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let view = view::<S>(name, args, 0)?;
        let n = view.len();
        let shape = if name == "to_vector" { Shape::Vector(n) } else { Shape::Row(n) };
        Ok(S::pack(shape, view.data.into_owned()))
    }
    arity(name, args, 1..=1)?;
    by_scalar!(go, name, args)
}

fn to_matrix<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        if args.len() > 1 {
            let entries = view::<S>(name, args, 0)?;
            let (rows, cols) = (count(name, args, 1)?, count(name, args, 2)?);
            if rows.checked_mul(cols) != Some(entries.len()) {
                let message = format!("{rows} x {cols} entries are asked for, the argument has {}", entries.len());
                return Err(FunctionError::size(name, message));
            }
            let by_column = args.len() == 3 || int(name, args, 3)? != 0;
            let data = if by_column {
                entries.data.into_owned()
            } else {
                Matrix::from_fn(rows, cols, |i, j| entries.data[i * cols + j]).data
            };
            return Ok(S::pack(Shape::Matrix(rows, cols), data));
        }
        if let Value::Array(items) = args[0] {
            // An array of rows: row vectors, or arrays of numbers.
            let mut lines = Vec::with_capacity(items.len());
            for item in items {
                lines.push(sequence::<S>(name, &[item], 0)?);
            }
            let cols = lines.first().map_or(0, |l| l.len());
            for line in &lines {
                same_size(name, cols, line.len())?;
            }
            let m = Matrix::from_fn(lines.len(), cols, |i, j| lines[i].data[j]);
            return Ok(S::pack(Shape::Matrix(m.rows, m.cols), m.data));
        }
        let view = view::<S>(name, args, 0)?;
        let (rows, cols) = view.shape.extent();
        Ok(S::pack(Shape::Matrix(rows, cols), view.data.into_owned()))
    }
    arity(name, args, 1..=4)?;
    if args.len() == 2 {
        return Err(no_overload(name, args));
    }
    by_scalar!(go, name, args)
}

/// Arrays are flattened with the last index fastest, matrices with the first (column-major).
fn to_array_1d<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn push<T: Num>(value: &Value<T>, out: &mut Vec<Value<T>>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| push(v, out)),
            Value::Vector(v) | Value::RowVector(v) => out.extend(v.iter().map(|&x| Value::Real(x))),
            Value::Matrix(m) => out.extend(m.data.iter().map(|&x| Value::Real(x))),
            Value::ComplexVector(v) | Value::ComplexRowVector(v) => out.extend(v.iter().map(|&z| Value::Complex(z))),
            Value::ComplexMatrix(m) => out.extend(m.data.iter().map(|&z| Value::Complex(z))),
            other => out.push(other.clone()),
        }
    }
    arity(name, args, 1..=1)?;
    let mut out = Vec::new();
    push(args[0], &mut out);
    Ok(Value::Array(out))
}

fn to_array_2d<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let m = matrix::<S>(name, args, 0)?;
        let line = |i: usize| S::pack(Shape::Array(m.cols()), (0..m.cols()).map(|j| m.at(i, j)).collect());
        Ok(Value::Array((0..m.rows()).map(line).collect()))
    }
    by_scalar!(go, name, args)
}

/// Stacks vertically.
fn append_row<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = (view::<S>(name, args, 0)?, view::<S>(name, args, 1)?);
        use Shape::{Matrix as Mat, Row, Scalar as One, Vector as Col};
        match (a.shape, b.shape) {
            (One | Col(_), One | Col(_)) => {
                let data: Vec<S> = a.data.iter().chain(b.data.iter()).copied().collect();
                Ok(S::pack(Col(data.len()), data))
            }
            (Row(_) | Mat(..), Row(_) | Mat(..)) => {
                same_size(name, a.cols(), b.cols())?;
                let m = Matrix::from_fn(a.rows() + b.rows(), a.cols(), |i, j| {
                    if i < a.rows() { a.at(i, j) } else { b.at(i - a.rows(), j) }
                });
                Ok(S::pack(Mat(m.rows, m.cols), m.data))
            }
            _ => Err(no_overload(name, args)),
        }
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

/// Puts side by side.
fn append_col<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = (view::<S>(name, args, 0)?, view::<S>(name, args, 1)?);
        use Shape::{Matrix as Mat, Row, Scalar as One, Vector as Col};
        let data: Vec<S> = a.data.iter().chain(b.data.iter()).copied().collect();
        match (a.shape, b.shape) {
            (One | Row(_), One | Row(_)) => Ok(S::pack(Row(data.len()), data)),
            (Col(_) | Mat(..), Col(_) | Mat(..)) => {
                same_size(name, a.rows(), b.rows())?;
                Ok(S::pack(Mat(a.rows(), a.cols() + b.cols()), data))
            }
            _ => Err(no_overload(name, args)),
        }
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

fn append_array<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let (a, b) = (array(name, args, 0)?, array(name, args, 1)?);
    if let (Some(x), Some(y)) = (a.first(), b.first()) {
        let (mut s, mut t) = (Vec::new(), Vec::new());
        extents(x, &mut s);
        extents(y, &mut t);
        if s != t {
            return Err(FunctionError::size(name, format!("elements of sizes {s:?} and {t:?} differ")));
        }
    }
    Ok(Value::Array(a.iter().chain(b).cloned().collect()))
}

pub(super) fn transpose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    Ok(match args[0] {
        Value::Vector(v) => Value::RowVector(v.clone()),
        Value::RowVector(v) => Value::Vector(v.clone()),
        Value::Matrix(m) => Value::Matrix(m.transpose()),
        Value::ComplexVector(v) => Value::ComplexRowVector(v.clone()),
        Value::ComplexRowVector(v) => Value::ComplexVector(v.clone()),
        Value::ComplexMatrix(m) => Value::ComplexMatrix(m.transpose()),
        _ => return Err(no_overload(name, args)),
    })
}

/// A new sequence of the entries at `positions` (counted from 0) of a vector, row vector or array.
fn pick<T: Num>(
    name: &str,
    args: &[&Value<T>],
    positions: impl FnOnce(usize) -> Result<std::ops::Range<usize>>,
) -> Result<Value<T>> {
    match args.first() {
        Some(Value::Vector(v)) => Ok(Value::Vector(v[positions(v.len())?].to_vec())),
        Some(Value::RowVector(v)) => Ok(Value::RowVector(v[positions(v.len())?].to_vec())),
        Some(Value::ComplexVector(v)) => Ok(Value::ComplexVector(v[positions(v.len())?].to_vec())),
        Some(Value::ComplexRowVector(v)) => Ok(Value::ComplexRowVector(v[positions(v.len())?].to_vec())),
        Some(Value::Array(v)) => Ok(Value::Array(v[positions(v.len())?].to_vec())),
        _ => Err(no_overload(name, args)),
    }
}

fn reverse<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let mut value = args[0].clone();
    match &mut value {
        Value::Vector(v) | Value::RowVector(v) => v.reverse(),
        Value::ComplexVector(v) | Value::ComplexRowVector(v) => v.reverse(),
        Value::Array(v) => v.reverse(),
        _ => return Err(no_overload(name, args)),
    }
    Ok(value)
}

fn too_many(name: &str, n: usize, len: usize) -> FunctionError {
    FunctionError::index(name, format!("{n} elements are asked for, the argument has {len}"))
}

fn head<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let n = count(name, args, 1)?;
    pick(name, args, |len| if n <= len { Ok(0..n) } else { Err(too_many(name, n, len)) })
}

fn tail<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let n = count(name, args, 1)?;
    pick(name, args, |len| if n <= len { Ok(len - n..len) } else { Err(too_many(name, n, len)) })
}

/// The range of `n` positions from `start`, counted from 1 in a container of `len`.
fn range(name: &str, start: i32, n: i32, len: usize) -> Result<std::ops::Range<usize>> {
    if n < 0 {
        return Err(FunctionError::domain(name, format!("size must not be negative, got {n}")));
    }
    if n == 0 {
        return Ok(0..0);
    }
    if start < 1 || start as usize + n as usize - 1 > len {
        let end = start as i64 + n as i64 - 1;
        return Err(FunctionError::index(name, format!("positions {start} to {end} are not in 1..{len}")));
    }
    Ok(start as usize - 1..start as usize - 1 + n as usize)
}

fn segment<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (start, n) = (int(name, args, 1)?, int(name, args, 2)?);
    pick(name, args, |len| range(name, start, n, len))
}

/// Rows and columns in the given ranges.
fn sub_matrix<S: Scalar>(
    name: &str,
    args: &[&Value<S::Real>],
    (i, j): (i32, i32),
    (rows, cols): (i32, i32),
    shape: impl Fn(usize, usize) -> Shape,
) -> Result<Value<S::Real>> {
    let m = matrix::<S>(name, args, 0)?;
    // The position must be right even where nothing is taken along the other dimension.
    let (r, c) = (range(name, i, rows, m.rows())?, range(name, j, cols, m.cols())?);
    let part = Matrix::from_fn(r.len(), c.len(), |i, j| m.at(r.start + i, c.start + j));
    Ok(S::pack(shape(part.rows, part.cols), part.data))
}

/// `block(m, i, j, rows, cols)`
fn block<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let at = (int(name, args, 1)?, int(name, args, 2)?);
        let n = (int(name, args, 3)?, int(name, args, 4)?);
        sub_matrix::<S>(name, args, at, n, Shape::Matrix)
    }
    by_scalar!(go, name, args)
}

/// `sub_row(m, i, j, cols)`
fn sub_row<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (i, j, n) = (int(name, args, 1)?, int(name, args, 2)?, int(name, args, 3)?);
        sub_matrix::<S>(name, args, (i, j), (1, n), |_, n| Shape::Row(n))
    }
    by_scalar!(go, name, args)
}

/// `sub_col(m, i, j, rows)`
fn sub_col<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (i, j, n) = (int(name, args, 1)?, int(name, args, 2)?, int(name, args, 3)?);
        sub_matrix::<S>(name, args, (i, j), (n, 1), |n, _| Shape::Vector(n))
    }
    by_scalar!(go, name, args)
}

fn row<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let cols = matrix::<S>(name, args, 0)?.cols() as i32;
        sub_matrix::<S>(name, args, (int(name, args, 1)?, 1), (1, cols), |_, n| Shape::Row(n))
    }
    by_scalar!(go, name, args)
}

fn col<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let rows = matrix::<S>(name, args, 0)?.rows() as i32;
        sub_matrix::<S>(name, args, (1, int(name, args, 1)?), (rows, 1), |n, _| Shape::Vector(n))
    }
    by_scalar!(go, name, args)
}

fn diagonal<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let m = matrix::<S>(name, args, 0)?;
        let n = m.rows().min(m.cols());
        Ok(S::pack(Shape::Vector(n), (0..n).map(|i| m.at(i, i)).collect()))
    }
    by_scalar!(go, name, args)
}

fn diag_matrix<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let v = sequence::<S>(name, args, 0)?;
        let n = v.len();
        let mut m = Matrix::filled(n, n, S::constant(0.0));
        for (i, &x) in v.data.iter().enumerate() {
            m.set(i, i, x);
        }
        Ok(S::pack(Shape::Matrix(n, n), m.data))
    }
    by_scalar!(go, name, args)
}

/// Adds a number, or a vector, to the diagonal.
fn add_diag<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let mut m = matrix::<S>(name, args, 0)?.into_matrix();
        let d = view::<S>(name, args, 1)?;
        let n = m.rows.min(m.cols);
        if d.shape != Shape::Scalar {
            same_size(name, n, d.len())?;
        }
        for i in 0..n {
            let x = if d.shape == Shape::Scalar { d.data[0] } else { d.data[i] };
            m.set(i, i, m.at(i, i) + x);
        }
        Ok(S::pack(Shape::Matrix(m.rows, m.cols), m.data))
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

/// The symmetric matrix with the lower triangle of the argument (Hermitian values are not conjugated, as in Stan).
fn symmetrize_from_lower_tri<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let m = super::scalar::square_matrix::<S>(name, args, 0)?;
        let s = Matrix::from_fn(m.rows(), m.rows(), |i, j| if i >= j { m.at(i, j) } else { m.at(j, i) });
        Ok(S::pack(Shape::Matrix(s.rows, s.cols), s.data))
    }
    by_scalar!(go, name, args)
}
