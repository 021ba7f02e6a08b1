//! The matrix exponential.

use super::arithmetic::matrix_product;
use super::dense::{self, Lu};
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, arity, real, square_matrix, view};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    matrix_exp => matrix_exp,
    matrix_exp_multiply => matrix_exp_multiply,
    scale_matrix_exp_multiply => scale_matrix_exp_multiply,
}

/// Coefficients of the diagonal Pade approximant of degree 13, and the 1-norm up to which it is accurate (Higham 2005).
const PADE: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];
const PADE_RADIUS: f64 = 5.371920351148152;

/// `exp(a)` by scaling and squaring.
fn exponential<T: Num>(name: &str, a: &Matrix<T>) -> Result<Matrix<T>> {
    let n = a.rows;
    let norm = (0..n)
        .map(|j| (0..n).map(|i| a.at(i, j).value().abs()).sum::<f64>())
        .fold(0.0, |m: f64, x| if x.is_nan() { f64::NAN } else { m.max(x) });
    if !norm.is_finite() {
        return Err(FunctionError::domain(name, "all entries must be finite"));
    }
    let squarings = if norm > PADE_RADIUS { (norm / PADE_RADIUS).log2().ceil() as i32 } else { 0 };
    let scale = T::from(0.5_f64.powi(squarings));
    let a = dense::map(a, |x| x * scale);
    let times = |c: f64, m: &Matrix<T>| dense::map(m, |x| x * T::from(c));
    let a2 = dense::product(&a, &a);
    let a4 = dense::product(&a2, &a2);
    let a6 = dense::product(&a2, &a4);
    let identity = dense::identity::<T>(n);
    let combination = |c6: f64, c4: f64, c2: f64, c0: Option<f64>| {
        let mut m = dense::add(&times(c6, &a6), &dense::add(&times(c4, &a4), &times(c2, &a2)));
        if let Some(c0) = c0 {
            m = dense::add(&m, &times(c0, &identity));
        }
        m
    };
    let odd = dense::add(
        &dense::product(&a6, &combination(PADE[13], PADE[11], PADE[9], None)),
        &combination(PADE[7], PADE[5], PADE[3], Some(PADE[1])),
    );
    let u = dense::product(&a, &odd);
    let v = dense::add(
        &dense::product(&a6, &combination(PADE[12], PADE[10], PADE[8], None)),
        &combination(PADE[6], PADE[4], PADE[2], Some(PADE[0])),
    );
    let denominator = dense::subtract(&v, &u);
    let lu = Lu::new(dense::plain(&denominator));
    let mut x = dense::solve_with(&denominator, &dense::add(&v, &u), |b| lu.solve(b));
    for _ in 0..squarings {
        x = dense::product(&x, &x);
    }
    Ok(x)
}

fn matrix_exp<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    Ok(Value::Matrix(exponential(name, &a)?))
}

/// `exp(A) B`
fn matrix_exp_multiply<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 2..=2)?;
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    multiply(name, &a, args, 1)
}

/// `exp(t A) B`
fn scale_matrix_exp_multiply<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 3..=3)?;
    let t = real(name, args, 0)?;
    let a = dense::map(&square_matrix::<T>(name, args, 1)?.into_matrix(), |x| t * x);
    multiply(name, &a, args, 2)
}

fn multiply<T: Num>(name: &str, a: &Matrix<T>, args: &[&Value<T>], i: usize) -> Result<Value<T>> {
    let b = view::<T>(name, args, i)?;
    let e = exponential(name, a)?;
    let data = matrix_product(name, &super::arithmetic::as_view(&e), &b)?;
    Ok(T::pack(b.shape, data))
}
