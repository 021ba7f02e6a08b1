//! QR factorisation.

use super::dense;
use super::error::Result;
use super::scalar::{Scalar, arity, matrix};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    qr => qr,
    qr_Q => qr,
    qr_R => qr,
    qr_thin => qr,
    qr_thin_Q => qr,
    qr_thin_R => qr,
}

/// Householder reflections, run over the numbers themselves (they are smooth where the columns are not 0). The diagonal of R
/// is made non-negative, as Stan does.
fn qr<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let mut r = matrix::<T>(name, args, 0)?.into_matrix();
    let (m, n) = (r.rows, r.cols);
    let zero = T::from(0.0);
    let mut q: Matrix<T> = dense::identity(m);
    for k in 0..m.min(n) {
        if (k + 1..m).all(|i| r.at(i, k).value() == 0.0) {
            continue;
        }
        let mut v: Vec<T> = (k..m).map(|i| r.at(i, k)).collect();
        let norm2: T = Scalar::dot(v.iter().map(|&x| (x, x)));
        let norm = norm2.sqrt();
        v[0] = if v[0].value() >= 0.0 { v[0] + norm } else { v[0] - norm };
        let length2: T = Scalar::dot(v.iter().map(|&x| (x, x)));
        let factor = T::from(2.0) / length2;
        for j in k..n {
            let overlap: T = Scalar::dot(v.iter().enumerate().map(|(i, &x)| (x, r.at(k + i, j))));
            let f = overlap * factor;
            for (i, &x) in v.iter().enumerate() {
                r.set(k + i, j, r.at(k + i, j) - x * f);
            }
        }
        for i in 0..m {
            let overlap: T = Scalar::dot(v.iter().enumerate().map(|(l, &x)| (x, q.at(i, k + l))));
            let f = overlap * factor;
            for (l, &x) in v.iter().enumerate() {
                q.set(i, k + l, q.at(i, k + l) - x * f);
            }
        }
        for i in k + 1..m {
            r.set(i, k, zero);
        }
    }
    for k in 0..m.min(n) {
        if r.at(k, k).value() < 0.0 {
            for j in 0..n {
                r.set(k, j, -r.at(k, j));
            }
            for i in 0..m {
                q.set(i, k, -q.at(i, k));
            }
        }
    }
    let inner = if name.contains("thin") { m.min(n) } else { m };
    let thin_q = || Value::Matrix(Matrix::from_fn(m, inner, |i, j| q.at(i, j)));
    let thin_r = || Value::Matrix(Matrix::from_fn(inner, n, |i, j| if i <= j { r.at(i, j) } else { zero }));
    Ok(match name {
        "qr_Q" | "qr_thin_Q" => thin_q(),
        "qr_R" | "qr_thin_R" => thin_r(),
        _ => Value::Tuple(vec![thin_q(), thin_r()]),
    })
}
