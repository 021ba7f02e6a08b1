//! Singular value decomposition.

use super::dense;
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, Shape, arity, by_scalar, matrix};
use crate::num::Num;
use crate::value::{Matrix, Value};

super::functions! {
    svd => decompose,
    svd_U => decompose,
    svd_V => decompose,
    singular_values => decompose,
}

/// `a = u diag(s) v*` with singular values falling: `u` is rows x k, `v` is cols x k, k the smaller extent.
pub(super) struct Svd<P> {
    pub u: Matrix<P>,
    pub s: Vec<f64>,
    pub v: Matrix<P>,
}

/// One-sided Jacobi rotations (Hestenes 1958) until all columns are orthogonal to working accuracy.
pub(super) fn svd<P: Scalar<Real = f64, Plain = P>>(a: &Matrix<P>) -> Svd<P> {
    if a.rows < a.cols {
        let t = svd(&dense::adjoint(a));
        return Svd { u: t.v, s: t.s, v: t.u };
    }
    let (m, n) = (a.rows, a.cols);
    let mut u = a.clone();
    let mut v: Matrix<P> = dense::identity(n);
    const SWEEPS: usize = 60;
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (mut alpha, mut beta) = (0.0, 0.0);
                let mut overlap = P::constant(0.0);
                for i in 0..m {
                    let (x, y) = (u.at(i, p), u.at(i, q));
                    alpha += x.magnitude().powi(2);
                    beta += y.magnitude().powi(2);
                    overlap = overlap + x.conjugate() * y;
                }
                let gamma = overlap.magnitude();
                if gamma == 0.0 || gamma <= f64::EPSILON * (alpha * beta).sqrt() {
                    continue;
                }
                rotated = true;
                // The phase makes the overlap real and positive; the rotation makes it 0.
                let phase = overlap / P::constant(gamma);
                let zeta = (beta - alpha) / (2.0 * gamma);
                let t = if zeta >= 0.0 { 1.0 } else { -1.0 } / (zeta.abs() + zeta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let (cc, cs) = (P::constant(c), phase * P::constant(c * t));
                for (matrix, len) in [(&mut u, m), (&mut v, n)] {
                    for i in 0..len {
                        let (x, y) = (matrix.at(i, p), matrix.at(i, q));
                        matrix.set(i, p, cc * x - cs.conjugate() * y);
                        matrix.set(i, q, cs * x + cc * y);
                    }
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let norms: Vec<f64> = (0..n).map(|j| (0..m).map(|i| u.at(i, j).magnitude().powi(2)).sum::<f64>().sqrt()).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| norms[j].total_cmp(&norms[i]));
    let largest = order.first().map_or(0.0, |&j| norms[j]);
    let mut left = Matrix::filled(m, n, P::constant(0.0));
    for (k, &j) in order.iter().enumerate() {
        if norms[j] > largest * f64::EPSILON * m as f64 {
            for i in 0..m {
                left.set(i, k, u.at(i, j) / P::constant(norms[j]));
            }
        } else {
            complete(&mut left, k);
        }
    }
    let right = Matrix::from_fn(n, n, |i, k| v.at(i, order[k]));
    Svd { u: left, s: order.iter().map(|&j| norms[j]).collect(), v: right }
}

/// Makes column `k` a unit vector orthogonal to the columns before it.
fn complete<P: Scalar<Real = f64, Plain = P>>(m: &mut Matrix<P>, k: usize) {
    for axis in 0..m.rows {
        let mut column: Vec<P> = (0..m.rows).map(|i| P::constant((i == axis) as i32 as f64)).collect();
        // Twice is enough (Kahan, in Parlett 1980).
        for _ in 0..2 {
            for j in 0..k {
                let overlap =
                    (0..m.rows).map(|i| m.at(i, j).conjugate() * column[i]).fold(P::constant(0.0), |a, b| a + b);
                for (i, x) in column.iter_mut().enumerate() {
                    *x = *x - overlap * m.at(i, j);
                }
            }
        }
        let norm = column.iter().map(|x| x.magnitude().powi(2)).sum::<f64>().sqrt();
        // Of the axes, one keeps at least this much outside a space of fewer dimensions.
        if norm > 0.5 / (m.rows as f64).sqrt() {
            for (i, &x) in column.iter().enumerate() {
                m.set(i, k, x / P::constant(norm));
            }
            return;
        }
    }
}

/// The Moore-Penrose inverse.
pub(super) fn pseudo_inverse(a: &Matrix<f64>) -> Matrix<f64> {
    let Svd { u, s, v } = svd(a);
    let cut = s.first().copied().unwrap_or(0.0) * f64::EPSILON * a.rows.max(a.cols) as f64;
    let scaled = Matrix::from_fn(v.rows, v.cols, |i, j| if s[j] > cut { v.at(i, j) / s[j] } else { 0.0 });
    dense::product(&scaled, &u.transpose())
}

fn decompose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    fn go<S: Scalar>(name: &str, args: &[&Value<S::Real>]) -> Result<Value<S::Real>> {
        let a = matrix::<S>(name, args, 0)?.into_matrix();
        if a.data.iter().any(|x| !x.magnitude().is_finite()) {
            return Err(FunctionError::domain(name, "all entries must be finite"));
        }
        let (u, s, v) = differentials(&a, svd(&dense::plain(&a)));
        let pack = |m: Matrix<S>| S::pack(Shape::Matrix(m.rows, m.cols), m.data);
        Ok(match name {
            "svd_U" => pack(u),
            "svd_V" => pack(v),
            "singular_values" => Value::Vector(s),
            _ => Value::Tuple(vec![pack(u), Value::Vector(s), pack(v)]),
        })
    }
    arity(name, args, 1..=1)?;
    by_scalar!(go, name, args)
}

/// With `P = U* dA V`: `ds = Re diag P`; `dU = U (F o (P S + S P*)) + (1 - U U*) dA V S^-1` and the like for V, where
/// `F_ij = 1 / (s_j^2 - s_i^2)` off the diagonal (Giles 2008). A complex U also turns by the phase `Im P_ii / s_i`.
#[allow(clippy::type_complexity)]
fn differentials<S: Scalar>(a: &Matrix<S>, plain: Svd<S::Plain>) -> (Matrix<S>, Vec<S::Real>, Matrix<S>) {
    let (u, v) = (dense::lift::<S>(&plain.u), dense::lift::<S>(&plain.v));
    let s = &plain.s;
    let k = s.len();
    if dense::is_fixed(a) {
        return (u, s.iter().map(|&x| S::Real::from(x)).collect(), v);
    }
    let da = dense::differential(a);
    let dav = dense::product(&da, &v);
    let p = dense::product(&dense::adjoint(&u), &dav);
    let ds: Vec<S> = (0..k).map(|i| (p.at(i, i) + p.at(i, i).conjugate()) * S::constant(0.5)).collect();
    let real = |x: f64| S::constant(x);
    let gap = |i: usize, j: usize| (s[j] - s[i]) * (s[j] + s[i]);
    let turn_u = Matrix::from_fn(k, k, |i, j| {
        if i == j {
            (p.at(i, i) - ds[i]) * real(1.0 / s[i])
        } else {
            (p.at(i, j) * real(s[j]) + real(s[i]) * p.at(j, i).conjugate()) * real(1.0 / gap(i, j))
        }
    });
    let turn_v = Matrix::from_fn(k, k, |i, j| {
        if i == j {
            real(0.0)
        } else {
            (real(s[i]) * p.at(i, j) + p.at(j, i).conjugate() * real(s[j])) * real(1.0 / gap(i, j))
        }
    });
    let dau = dense::product(&dense::adjoint(&da), &u);
    let outside = |basis: &Matrix<S>, x: &Matrix<S>| {
        let scaled = Matrix::from_fn(x.rows, k, |i, j| x.at(i, j) * real(1.0 / s[j]));
        let inside = dense::product(basis, &dense::product(&dense::adjoint(basis), &scaled));
        dense::subtract(&scaled, &inside)
    };
    let mut du = dense::product(&u, &turn_u);
    let mut dv = dense::product(&v, &turn_v);
    // A square factor spans everything: nothing is outside.
    if u.rows > k {
        du = dense::add(&du, &outside(&u, &dav));
    }
    if v.rows > k {
        dv = dense::add(&dv, &outside(&v, &dau));
    }
    let values = ds.iter().zip(s).map(|(&d, &x)| S::Real::from(x) + S::real_part(d)).collect();
    (dense::add(&u, &du), values, dense::add(&v, &dv))
}
