//! Linear systems: inverses, division by matrices, determinants, Cholesky factors.

use super::dense::{self, Lu};
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, Shape, View, arity, by_scalar, matrix, no_overload, square_matrix, view};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    inverse => inverse,
    inverse_spd => inverse_spd,
    generalized_inverse => generalized_inverse,
    chol2inv => chol2inv,
    cholesky_decompose => cholesky_decompose,
    determinant => determinant,
    log_determinant => log_determinant,
    log_determinant_spd => log_determinant_spd,
    mdivide_left => mdivide_left,
    mdivide_left_spd => mdivide_left_spd,
    mdivide_left_tri_low => mdivide_left_tri_low,
    mdivide_right => mdivide_right,
    mdivide_right_spd => mdivide_right_spd,
    mdivide_right_tri_low => mdivide_right_tri_low,
}

/// How far from symmetric a matrix may be (Stan's constraint tolerance).
const SYMMETRY_TOLERANCE: f64 = 1e-8;

/// Fails where a square matrix is not symmetric.
pub(super) fn check_symmetric<S: Scalar>(name: &str, m: &Matrix<S>) -> Result<()> {
    for j in 0..m.cols {
        for i in j + 1..m.rows {
            let gap = (m.at(i, j).plain() - m.at(j, i).plain()).magnitude();
            if gap.is_nan() || gap > SYMMETRY_TOLERANCE {
                let (r, c) = (i + 1, j + 1);
                let message = format!(
                    "the matrix is not symmetric: [{r},{c}] = {:?}, but [{c},{r}] = {:?}",
                    m.at(i, j).plain(),
                    m.at(j, i).plain()
                );
                return Err(FunctionError::domain(name, message));
            }
        }
    }
    Ok(())
}

pub(super) fn not_positive_definite(name: &str) -> FunctionError {
    FunctionError::domain(name, "the matrix is not positive definite")
}

/// The argument as a symmetric positive definite matrix, with its Cholesky factor.
fn spd<T: Num>(name: &str, args: &[&Value<T>], i: usize) -> Result<(Matrix<T>, Matrix<f64>)> {
    let a = square_matrix::<T>(name, args, i)?.into_matrix();
    check_symmetric(name, &a)?;
    let factor = dense::cholesky(&dense::plain(&a)).ok_or_else(|| not_positive_definite(name))?;
    Ok((a, factor))
}

/// `(L L')^-1 b`
fn solve_cholesky(l: &Matrix<f64>, b: &Matrix<f64>) -> Matrix<f64> {
    solve_upper_transposed(l, &solve_lower(l, b))
}

/// `L^-1 b` for the lower triangle of `l`.
pub(super) fn solve_lower<P: Scalar<Real = f64, Plain = P>>(l: &Matrix<P>, b: &Matrix<P>) -> Matrix<P> {
    let mut x = b.clone();
    for j in 0..x.cols {
        for k in 0..l.rows {
            let factor = x.at(k, j) / l.at(k, k);
            x.set(k, j, factor);
            for i in k + 1..l.rows {
                x.set(i, j, x.at(i, j) - l.at(i, k) * factor);
            }
        }
    }
    x
}

/// `L'^-1 b` for the lower triangle of `l`.
pub(super) fn solve_upper_transposed<P: Scalar<Real = f64, Plain = P>>(l: &Matrix<P>, b: &Matrix<P>) -> Matrix<P> {
    let mut x = b.clone();
    for j in 0..x.cols {
        for k in (0..l.rows).rev() {
            let mut total = x.at(k, j);
            for i in k + 1..l.rows {
                total = total - l.at(i, k) * x.at(i, j);
            }
            x.set(k, j, total / l.at(k, k));
        }
    }
    x
}

fn pack<S: Scalar>(m: Matrix<S>) -> Value<S::Real> {
    S::pack(Shape::Matrix(m.rows, m.cols), m.data)
}

fn inverse<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let a = square_matrix::<S>(name, args, 0)?.into_matrix();
        let lu = Lu::new(dense::plain(&a));
        Ok(pack(dense::solve_with(&a, &dense::identity(a.rows), |b| lu.solve(b))))
    }
    arity(name, args, 1..=1)?;
    by_scalar!(go, name, args)
}

fn inverse_spd<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let (a, factor) = spd(name, args, 0)?;
    Ok(pack(dense::solve_with(&a, &dense::identity(a.rows), |b| solve_cholesky(&factor, b))))
}

/// `(L L')^-1` for a lower triangular `L`.
fn chol2inv<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let l = lower_triangle(&square_matrix::<T>(name, args, 0)?.into_matrix());
    let plain = dense::plain(&l);
    let inverse = dense::solve_with(&l, &dense::identity(l.rows), |b| solve_lower(&plain, b));
    Ok(pack(dense::product(&inverse.transpose(), &inverse)))
}

/// The lower triangle, zero above.
pub(super) fn lower_triangle<S: Scalar>(m: &Matrix<S>) -> Matrix<S> {
    Matrix::from_fn(m.rows, m.cols, |i, j| if i >= j { m.at(i, j) } else { S::constant(0.0) })
}

/// The lower triangular `L` with `L L' = A`.
fn cholesky_decompose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let (a, factor) = spd(name, args, 0)?;
    Ok(pack(cholesky_of(&a, factor)))
}

/// The Cholesky factor over numbers with derivatives, given that of their values: one record an entry.
pub(super) fn cholesky_of<T: Num>(a: &Matrix<T>, factor: Matrix<f64>) -> Matrix<T> {
    if dense::is_fixed(a) {
        return dense::lift(&factor);
    }
    let n = a.rows;
    let mut l = Matrix::filled(n, n, T::from(0.0));
    let mut inputs = Vec::with_capacity(2 * n + 2);
    for j in 0..n {
        let d = factor.at(j, j);
        for i in j..n {
            inputs.clear();
            let scale = if i == j { 0.5 / d } else { 1.0 / d };
            inputs.push((a.at(i, j), scale));
            for k in 0..j {
                if i == j {
                    inputs.push((l.at(j, k), -2.0 * scale * factor.at(j, k)));
                } else {
                    inputs.push((l.at(i, k), -scale * factor.at(j, k)));
                    inputs.push((l.at(j, k), -scale * factor.at(i, k)));
                }
            }
            if i != j {
                inputs.push((l.at(j, j), -scale * factor.at(i, j)));
            }
            l.set(i, j, T::compose(factor.at(i, j), &inputs));
        }
    }
    l
}

fn determinant<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    let lu = Lu::new(dense::plain(&a));
    let value = lu.determinant();
    if dense::is_fixed(&a) {
        return Ok(Value::Real(T::from(value)));
    }
    let n = a.rows;
    // The partials are the cofactors: det A inverse(A)', or by minors where A is singular.
    let cofactors = if value != 0.0 {
        let inverse = lu.inverse();
        Matrix::from_fn(n, n, |i, j| value * inverse.at(j, i))
    } else {
        Matrix::from_fn(n, n, |i, j| {
            let minor =
                Matrix::from_fn(n - 1, n - 1, |r, c| a.at(r + (r >= i) as usize, c + (c >= j) as usize).value());
            let sign = if (i + j) % 2 == 0 { 1.0 } else { -1.0 };
            sign * Lu::new(minor).determinant()
        })
    };
    Ok(Value::Real(compose(value, &a, &cofactors)))
}

/// A number with one partial an entry.
fn compose<T: Num>(value: f64, a: &Matrix<T>, partials: &Matrix<f64>) -> T {
    let inputs: Vec<(T, f64)> = a.data.iter().zip(&partials.data).map(|(&x, &d)| (x, d)).collect();
    T::compose(value, &inputs)
}

/// `log |det A|`
fn log_determinant<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    let lu = Lu::new(dense::plain(&a));
    let value = lu.pivots().map(|x| x.abs().ln()).sum();
    if dense::is_fixed(&a) {
        return Ok(Value::Real(T::from(value)));
    }
    Ok(Value::Real(compose(value, &a, &lu.inverse().transpose())))
}

fn log_determinant_spd<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let (a, factor) = spd(name, args, 0)?;
    let value = (0..a.rows).map(|i| 2.0 * factor.at(i, i).ln()).sum();
    if dense::is_fixed(&a) {
        return Ok(Value::Real(T::from(value)));
    }
    Ok(Value::Real(compose(value, &a, &solve_cholesky(&factor, &dense::identity(a.rows)))))
}

/// The system of a left division: a square matrix and as many rows on the right.
fn left_system<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>]) -> Result<(Matrix<S>, View<'a, S>)> {
    arity(name, args, 2..=2)?;
    let a = square_matrix::<S>(name, args, 0)?.into_matrix();
    let b = view::<S>(name, args, 1)?;
    if !matches!(b.shape, Shape::Vector(_) | Shape::Matrix(..)) {
        return Err(no_overload(name, args));
    }
    if a.cols != b.rows() {
        let message =
            format!("columns of the first argument ({}) and rows of the second ({}) differ", a.cols, b.rows());
        return Err(FunctionError::size(name, message));
    }
    Ok((a, b))
}

/// The system of a right division, transposed: `b A^-1 = (A'^-1 b')'`.
fn right_system<'a, S: Scalar>(name: &str, args: &[&'a Value<S::Real>]) -> Result<(Matrix<S>, View<'a, S>)> {
    arity(name, args, 2..=2)?;
    let b = view::<S>(name, args, 0)?;
    let a = square_matrix::<S>(name, args, 1)?.into_matrix();
    if !matches!(b.shape, Shape::Row(_) | Shape::Matrix(..)) {
        return Err(no_overload(name, args));
    }
    if a.rows != b.cols() {
        let message =
            format!("columns of the first argument ({}) and rows of the second ({}) differ", b.cols(), a.rows);
        return Err(FunctionError::size(name, message));
    }
    Ok((a, b))
}

/// A solution in the shape of the right-hand side.
fn solution<S: Scalar>(shape: Shape, x: Matrix<S>) -> Value<S::Real> {
    S::pack(shape, x.data)
}

pub(super) fn mdivide_left<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = left_system::<S>(name, args)?;
        let lu = Lu::new(dense::plain(&a));
        let shape = b.shape;
        Ok(solution(shape, dense::solve_with(&a, &b.into_matrix(), |b| lu.solve(b))))
    }
    by_scalar!(go, name, args)
}

fn mdivide_left_spd<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (a, b) = left_system::<T>(name, args)?;
    let (_, factor) = spd(name, args, 0)?;
    let shape = b.shape;
    Ok(solution(shape, dense::solve_with(&a, &b.into_matrix(), |b| solve_cholesky(&factor, b))))
}

/// Only the lower triangle is read.
fn mdivide_left_tri_low<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (a, b) = left_system::<T>(name, args)?;
    let l = lower_triangle(&a);
    let plain = dense::plain(&l);
    let shape = b.shape;
    Ok(solution(shape, dense::solve_with(&l, &b.into_matrix(), |b| solve_lower(&plain, b))))
}

pub(super) fn mdivide_right<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let (a, b) = right_system::<S>(name, args)?;
        let a = a.transpose();
        let lu = Lu::new(dense::plain(&a));
        let shape = b.shape;
        Ok(solution(shape, dense::solve_with(&a, &b.into_matrix().transpose(), |b| lu.solve(b)).transpose()))
    }
    by_scalar!(go, name, args)
}

fn mdivide_right_spd<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (a, b) = right_system::<T>(name, args)?;
    let (_, factor) = spd(name, args, 1)?;
    let shape = b.shape;
    let x = dense::solve_with(&a.transpose(), &b.into_matrix().transpose(), |b| solve_cholesky(&factor, b));
    Ok(solution(shape, x.transpose()))
}

/// Only the lower triangle is read.
fn mdivide_right_tri_low<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let (a, b) = right_system::<T>(name, args)?;
    let l = lower_triangle(&a);
    let plain = dense::plain(&l);
    let shape = b.shape;
    let x = dense::solve_with(&l.transpose(), &b.into_matrix().transpose(), |b| solve_upper_transposed(&plain, b));
    Ok(solution(shape, x.transpose()))
}

/// The Moore-Penrose inverse of a matrix of full rank. Differential: Golub and Pereyra (1973).
fn generalized_inverse<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = matrix::<T>(name, args, 0)?.into_matrix();
    let a0 = dense::plain(&a);
    let p0 = super::svd::pseudo_inverse(&a0);
    if dense::is_fixed(&a) {
        return Ok(pack(dense::lift::<T>(&p0)));
    }
    let constant = |m: &Matrix<f64>| dense::lift::<T>(m);
    let da = dense::differential(&a);
    let p = constant(&p0);
    let identity = |n| dense::identity::<f64>(n);
    let beyond_range = constant(&dense::subtract(&identity(a.rows), &dense::product(&a0, &p0)));
    let beyond_rows = constant(&dense::subtract(&identity(a.cols), &dense::product(&p0, &a0)));
    let ppt = constant(&dense::product(&p0, &p0.transpose()));
    let ptp = constant(&dense::product(&p0.transpose(), &p0));
    let middle = dense::product(&dense::product(&p, &da), &p);
    let dat = da.transpose();
    let left = dense::product(&dense::product(&ppt, &dat), &beyond_range);
    let right = dense::product(&dense::product(&beyond_rows, &dat), &ptp);
    Ok(pack(dense::add(&dense::subtract(&dense::add(&p, &left), &middle), &right)))
}
