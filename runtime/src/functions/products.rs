//! Products of matrices with diagonals, with themselves, quadratic forms, traces, powers.

use super::arithmetic::matrix_product;
use super::dense;
use super::error::{FunctionError, Result};
use super::scalar::{
    Scalar, Shape, View, arity, by_scalar, int, matrix, no_overload, same_size, sequence, square_matrix, view,
};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    crossprod => crossprod,
    tcrossprod => crossprod,
    multiply_lower_tri_self_transpose => multiply_lower_tri_self_transpose,
    diag_pre_multiply => diag_pre_multiply,
    diag_post_multiply => diag_post_multiply,
    quad_form => quad_form,
    quad_form_sym => quad_form,
    quad_form_diag => quad_form_diag,
    trace => trace,
    trace_dot => trace_dot,
    trace_quad_form => trace_quad_form,
    trace_gen_quad_form => trace_gen_quad_form,
    columns_dot_product => columns_dot_product,
    rows_dot_product => rows_dot_product,
    columns_dot_self => columns_dot_product,
    rows_dot_self => rows_dot_product,
    matrix_power => matrix_power,
}

fn pack<S: Scalar>(m: Matrix<S>) -> Value<S::Real> {
    S::pack(Shape::Matrix(m.rows, m.cols), m.data)
}

/// `m m'` from the rows of `m`, computed once an entry of the lower triangle.
fn rows_gram<T: Num>(m: &Matrix<T>, inner: impl Fn(usize, usize) -> usize) -> Matrix<T> {
    let n = m.rows;
    let mut out = Matrix::filled(n, n, T::from(0.0));
    for j in 0..n {
        for i in j..n {
            let x = T::dot((0..inner(i, j)).map(|k| (m.at(i, k), m.at(j, k))));
            out.set(i, j, x);
            out.set(j, i, x);
        }
    }
    out
}

/// `m' m`, or `m m'` for `tcrossprod`.
fn crossprod<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let m = view::<T>(name, args, 0)?.into_matrix();
    let m = if name == "crossprod" { m.transpose() } else { m };
    Ok(pack(rows_gram(&m, |_, _| m.cols)))
}

/// `L L'` for the lower triangle `L` of the argument.
fn multiply_lower_tri_self_transpose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let m = matrix::<T>(name, args, 0)?.into_matrix();
    Ok(pack(rows_gram(&m, |i, j| (i.min(j) + 1).min(m.cols))))
}

fn diag_pre_multiply<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (d, m) = (sequence::<S>(name, args, 0)?, matrix::<S>(name, args, 1)?);
        same_size(name, d.len(), m.rows())?;
        Ok(pack(Matrix::from_fn(m.rows(), m.cols(), |i, j| d.data[i] * m.at(i, j))))
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

fn diag_post_multiply<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (m, d) = (matrix::<S>(name, args, 0)?, sequence::<S>(name, args, 1)?);
        same_size(name, m.cols(), d.len())?;
        Ok(pack(Matrix::from_fn(m.rows(), m.cols(), |i, j| m.at(i, j) * d.data[j])))
    }
    arity(name, args, 2..=2)?;
    by_scalar!(go, name, args)
}

/// `A B` for the middle and right factor of a quadratic form.
fn middle_times_right<T: Num>(name: &str, a: &Matrix<T>, b: &View<T>) -> Result<Matrix<T>> {
    let data = matrix_product(name, &super::arithmetic::as_view(a), b)?;
    Ok(Matrix { rows: a.rows, cols: b.cols(), data })
}

/// `B' A B`; a number where `B` is a vector. The symmetric form checks `A` and symmetrises the result.
fn quad_form<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    let b = view::<T>(name, args, 1)?;
    let symmetric = name == "quad_form_sym";
    if symmetric {
        super::linear::check_symmetric(name, &a)?;
    }
    let ab = middle_times_right(name, &a, &b)?;
    match b.shape {
        Shape::Vector(_) => Ok(Value::Real(T::dot(b.data.iter().copied().zip(ab.data.iter().copied())))),
        Shape::Matrix(..) => {
            let q = dense::product(&b.into_matrix().transpose(), &ab);
            if !symmetric {
                return Ok(pack(q));
            }
            let half = T::from(0.5);
            Ok(pack(Matrix::from_fn(q.rows, q.cols, |i, j| half * (q.at(i, j) + q.at(j, i)))))
        }
        _ => Err(no_overload(name, args)),
    }
}

/// `diag(v) M diag(v)`
fn quad_form_diag<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let (m, v) = (square_matrix::<T>(name, args, 0)?, sequence::<T>(name, args, 1)?);
    same_size(name, m.rows(), v.len())?;
    Ok(pack(Matrix::from_fn(m.rows(), m.cols(), |i, j| v.data[i] * m.at(i, j) * v.data[j])))
}

fn trace<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let m = square_matrix::<S>(name, args, 0)?;
        Ok(S::pack(Shape::Scalar, vec![S::sum((0..m.rows()).map(|i| m.at(i, i)))]))
    }
    by_scalar!(go, name, args)
}

/// `sum_ij A_ij B_ij`, the trace of `A' B`.
fn trace_dot<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let (a, b) = (matrix::<T>(name, args, 0)?, matrix::<T>(name, args, 1)?);
    same_size(name, a.rows(), b.rows())?;
    same_size(name, a.cols(), b.cols())?;
    Ok(Value::Real(T::dot(a.data.iter().copied().zip(b.data.iter().copied()))))
}

/// `trace(B' A B)`
fn trace_quad_form<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    let b = view::<T>(name, args, 1)?;
    let ab = middle_times_right(name, &a, &b)?;
    Ok(Value::Real(T::dot(b.data.iter().copied().zip(ab.data.iter().copied()))))
}

/// `trace(D B' A B)`
fn trace_gen_quad_form<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    let d = square_matrix::<T>(name, args, 0)?.into_matrix();
    let a = square_matrix::<T>(name, args, 1)?.into_matrix();
    let b = view::<T>(name, args, 2)?;
    let ab = middle_times_right(name, &a, &b)?;
    same_size(name, d.rows, b.cols())?;
    let bd = dense::product(&b.into_matrix(), &d.transpose());
    Ok(Value::Real(T::dot(bd.data.iter().copied().zip(ab.data.iter().copied()))))
}

/// The argument and the one it is multiplied with: itself for `_self`.
fn factors<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>]) -> Result<(View<'a, S>, View<'a, S>)> {
    let own = name.ends_with("_self");
    arity(name, args, if own { 1..=1 } else { 2..=2 })?;
    let (a, b) = (view::<S>(name, args, 0)?, view::<S>(name, args, if own { 0 } else { 1 })?);
    same_size(name, a.rows(), b.rows())?;
    same_size(name, a.cols(), b.cols())?;
    Ok((a, b))
}

fn columns_dot_product<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = factors::<S>(name, args)?;
        let column = |j| S::dot((0..a.rows()).map(|i| (a.at(i, j).conjugate(), b.at(i, j))));
        Ok(S::pack(Shape::Row(a.cols()), (0..a.cols()).map(column).collect()))
    }
    by_scalar!(go, name, args)
}

fn rows_dot_product<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = factors::<S>(name, args)?;
        let line = |i| S::dot((0..a.cols()).map(|j| (a.at(i, j).conjugate(), b.at(i, j))));
        Ok(S::pack(Shape::Vector(a.rows()), (0..a.rows()).map(line).collect()))
    }
    by_scalar!(go, name, args)
}

/// `M^n` by repeated squaring.
fn matrix_power<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let mut base = square_matrix::<T>(name, args, 0)?.into_matrix();
    let n = int(name, args, 1)?;
    if n < 0 {
        return Err(FunctionError::domain(name, format!("exponent must not be negative, got {n}")));
    }
    let mut n = n as u32;
    let mut out: Option<Matrix<T>> = None;
    while n > 0 {
        if n & 1 == 1 {
            out = Some(out.map_or_else(|| base.clone(), |m| dense::product(&m, &base)));
        }
        n >>= 1;
        if n > 0 {
            base = dense::product(&base, &base);
        }
    }
    Ok(pack(out.unwrap_or_else(|| dense::identity(base.rows))))
}
