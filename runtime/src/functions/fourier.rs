//! Discrete Fourier transforms of any length.

use super::error::Result;
use super::scalar::{Scalar, Shape, View, arity, matrix, sequence};
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};
use std::f64::consts::TAU;

super::functions! {
    fft => one_dimensional,
    inv_fft => one_dimensional,
    fft2 => two_dimensional,
    inv_fft2 => two_dimensional,
}

/// `y_k = sum_j x_j exp(sign 2 pi i j k / n)`, by splitting off the smallest prime factor of n (Cooley and Tukey 1965).
fn transform<T: Num>(x: &[Complex<T>], sign: f64) -> Vec<Complex<T>> {
    let n = x.len();
    let root = |k: usize, n: usize| {
        let angle = sign * TAU * (k % n) as f64 / n as f64;
        Complex { re: T::from(angle.cos()), im: T::from(angle.sin()) }
    };
    let factor = (2..=n).take_while(|f| f * f <= n).find(|f| n.is_multiple_of(*f)).unwrap_or(n);
    if factor == n {
        return (0..n).map(|k| Scalar::dot(x.iter().enumerate().map(|(j, &z)| (z, root(j * k, n))))).collect();
    }
    let m = n / factor;
    let parts: Vec<Vec<Complex<T>>> =
        (0..factor).map(|r| transform(&(0..m).map(|j| x[j * factor + r]).collect::<Vec<_>>(), sign)).collect();
    (0..n).map(|k| Scalar::dot(parts.iter().enumerate().map(|(r, part)| (part[k % m], root(r * k, n))))).collect()
}

/// The transform, or the inverse one with its factor 1/n.
fn directed<T: Num>(name: &str, x: &[Complex<T>]) -> Vec<Complex<T>> {
    if !name.starts_with("inv_") {
        return transform(x, -1.0);
    }
    let scale = Complex::constant(1.0 / x.len() as f64);
    transform(x, 1.0).into_iter().map(|z| z * scale).collect()
}

fn one_dimensional<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let x: View<Complex<T>> = sequence(name, args, 0)?;
    Ok(Complex::pack(x.shape, directed(name, &x.data)))
}

fn two_dimensional<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let columns = |m: Matrix<Complex<T>>| {
        let data = if m.rows == 0 {
            Vec::new()
        } else {
            m.data.chunks(m.rows).flat_map(|column| directed(name, column)).collect()
        };
        Matrix { rows: m.rows, cols: m.cols, data }
    };
    let m = matrix::<Complex<T>>(name, args, 0)?.into_matrix();
    let m = columns(columns(m).transpose()).transpose();
    Ok(Complex::pack(Shape::Matrix(m.rows, m.cols), m.data))
}
