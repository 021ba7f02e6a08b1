//! Matrices in compressed sparse row form: values `w`, columns `v` and row starts `u`, counted from 1.

use super::error::{FunctionError, Result};
use super::scalar::{Scalar, arity, count, int_array, ints, matrix, same_size, sequence, to_i32};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    csr_extract => extract,
    csr_extract_w => extract,
    csr_extract_v => extract,
    csr_extract_u => extract,
    csr_matrix_times_vector => times_vector,
    csr_to_dense_matrix => to_dense,
}

/// The parts of a dense matrix: what is not 0.
fn extract<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let m = matrix::<T>(name, args, 0)?;
    let (mut w, mut v, mut u) = (Vec::new(), Vec::new(), vec![1]);
    for i in 0..m.rows() {
        for j in 0..m.cols() {
            if m.at(i, j).value() != 0.0 {
                w.push(m.at(i, j));
                v.push(to_i32(name, j + 1)?);
            }
        }
        u.push(to_i32(name, w.len() + 1)?);
    }
    Ok(match name {
        "csr_extract_w" => Value::Vector(w),
        "csr_extract_v" => int_array(v),
        "csr_extract_u" => int_array(u),
        _ => Value::Tuple(vec![Value::Vector(w), int_array(v), int_array(u)]),
    })
}

/// A checked sparse matrix.
struct Csr<T> {
    rows: usize,
    cols: usize,
    w: Vec<T>,
    /// Columns and row starts counted from 0.
    v: Vec<usize>,
    u: Vec<usize>,
}

impl<T: Num> Csr<T> {
    fn new(name: &str, args: &[&Value<T>]) -> Result<Self> {
        let (rows, cols) = (count(name, args, 0)?, count(name, args, 1)?);
        let w = sequence::<T>(name, args, 2)?.data.into_owned();
        let (v, u) = (ints(name, args, 3)?, ints(name, args, 4)?);
        same_size(name, w.len(), v.len())?;
        if u.len() != rows + 1 {
            return Err(FunctionError::size(
                name,
                format!("{rows} rows need {} row starts, got {}", rows + 1, u.len()),
            ));
        }
        if let Some(j) = v.iter().find(|&&j| j < 1 || j as usize > cols) {
            return Err(FunctionError::index(name, format!("column {j} is not in 1..{cols}")));
        }
        let ordered = u.windows(2).all(|p| p[0] <= p[1]);
        if u[0] != 1 || !ordered || u[rows] as usize != w.len() + 1 {
            let message = format!("row starts must rise from 1 to {} (the number of values and 1)", w.len() + 1);
            return Err(FunctionError::index(name, message));
        }
        let shift = |x: Vec<i32>| x.into_iter().map(|i| i as usize - 1).collect();
        Ok(Csr { rows, cols, w, v: shift(v), u: shift(u) })
    }
}

fn times_vector<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 6..=6)?;
    let m = Csr::new(name, args)?;
    let b = sequence::<T>(name, args, 5)?;
    same_size(name, m.cols, b.len())?;
    let line = |i: usize| Scalar::dot((m.u[i]..m.u[i + 1]).map(|k| (m.w[k], b.data[m.v[k]])));
    Ok(Value::Vector((0..m.rows).map(line).collect()))
}

fn to_dense<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 5..=5)?;
    let m = Csr::new(name, args)?;
    let mut dense = Matrix::filled(m.rows, m.cols, T::from(0.0));
    for i in 0..m.rows {
        for k in m.u[i]..m.u[i + 1] {
            dense.set(i, m.v[k], m.w[k]);
        }
    }
    Ok(Value::Matrix(dense))
}
