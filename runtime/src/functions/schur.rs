//! The complex Schur form.

use super::dense;
use super::error::{FunctionError, Result};
use super::scalar::{Scalar, arity, square_matrix};
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};

super::functions! {
    complex_schur_decompose => decompose,
    complex_schur_decompose_u => decompose,
    complex_schur_decompose_t => decompose,
}

type C = Complex<f64>;

fn real(x: f64) -> C {
    Complex { re: x, im: 0.0 }
}

/// `a = u t u*` with u unitary and t upper triangular: Householder reduction to Hessenberg form, then QR with Wilkinson's
/// shift (Golub and Van Loan, 7.5). `None` where the iteration does not converge.
pub(super) fn complex_schur(a: &Matrix<C>) -> Option<(Matrix<C>, Matrix<C>)> {
    let n = a.rows;
    let mut t = a.clone();
    let mut u: Matrix<C> = dense::identity(n);
    if t.data.iter().any(|z| !z.magnitude().is_finite()) {
        return None;
    }
    for k in 0..n.saturating_sub(2) {
        let mut v: Vec<C> = (k + 1..n).map(|i| t.at(i, k)).collect();
        let tail: f64 = v[1..].iter().map(|z| z.magnitude().powi(2)).sum();
        if tail == 0.0 {
            continue;
        }
        let head = v[0].magnitude();
        let norm = head.hypot(tail.sqrt());
        let phase = if head == 0.0 { real(1.0) } else { v[0] / real(head) };
        v[0] = v[0] + phase * real(norm);
        let length2: f64 = v.iter().map(|z| z.magnitude().powi(2)).sum();
        // t := h t h, u := u h for h = 1 - 2 v v* / v*v.
        for j in 0..n {
            let overlap = v.iter().enumerate().fold(real(0.0), |s, (r, z)| s + z.conjugate() * t.at(k + 1 + r, j));
            let f = overlap * real(2.0 / length2);
            for (r, z) in v.iter().enumerate() {
                t.set(k + 1 + r, j, t.at(k + 1 + r, j) - *z * f);
            }
        }
        for m in [&mut t, &mut u] {
            for i in 0..n {
                let overlap = v.iter().enumerate().fold(real(0.0), |s, (r, z)| s + m.at(i, k + 1 + r) * *z);
                let f = overlap * real(2.0 / length2);
                for (r, z) in v.iter().enumerate() {
                    m.set(i, k + 1 + r, m.at(i, k + 1 + r) - f * z.conjugate());
                }
            }
        }
        for i in k + 2..n {
            t.set(i, k, real(0.0));
        }
    }
    let mut end = n.saturating_sub(1);
    let mut iterations = 0;
    let norm: f64 = t.data.iter().map(|z| z.magnitude()).fold(0.0, f64::max);
    while end > 0 {
        let mut start = end;
        while start > 0 {
            let neighbours = t.at(start - 1, start - 1).magnitude() + t.at(start, start).magnitude();
            let scale = if neighbours == 0.0 { norm } else { neighbours };
            if t.at(start, start - 1).magnitude() <= f64::EPSILON * scale {
                t.set(start, start - 1, real(0.0));
                break;
            }
            start -= 1;
        }
        if start == end {
            end -= 1;
            iterations = 0;
            continue;
        }
        iterations += 1;
        if iterations > 100 {
            return None;
        }
        let shift = if iterations % 10 == 0 {
            // An exceptional shift breaks a cycle.
            t.at(end, end) + real(t.at(end, end - 1).magnitude())
        } else {
            wilkinson(t.at(end - 1, end - 1), t.at(end - 1, end), t.at(end, end - 1), t.at(end, end))
        };
        for i in start..=end {
            t.set(i, i, t.at(i, i) - shift);
        }
        let mut rotations = Vec::with_capacity(end - start);
        for k in start..end {
            let (x, y) = (t.at(k, k), t.at(k + 1, k));
            let r = x.magnitude().hypot(y.magnitude());
            let (c, s) = if r == 0.0 { (real(1.0), real(0.0)) } else { (x / real(r), y / real(r)) };
            for j in k..n {
                let (p, q) = (t.at(k, j), t.at(k + 1, j));
                t.set(k, j, c.conjugate() * p + s.conjugate() * q);
                t.set(k + 1, j, c * q - s * p);
            }
            rotations.push((c, s));
        }
        for (k, (c, s)) in (start..end).zip(rotations) {
            for (m, rows) in [(&mut t, (k + 2).min(end + 1)), (&mut u, n)] {
                for i in 0..rows {
                    let (p, q) = (m.at(i, k), m.at(i, k + 1));
                    m.set(i, k, p * c + q * s);
                    m.set(i, k + 1, q * c.conjugate() - p * s.conjugate());
                }
            }
        }
        // The shift comes back on the active block only: rows above and right of it were rotated, not shifted.
        for i in start..=end {
            t.set(i, i, t.at(i, i) + shift);
        }
    }
    for j in 0..n {
        for i in j + 1..n {
            t.set(i, j, real(0.0));
        }
    }
    Some((u, t))
}

/// The eigenvalue of `[[a, b], [c, d]]` nearer to d.
fn wilkinson(a: C, b: C, c: C, d: C) -> C {
    let half = (a - d) * real(0.5);
    let root = super::complex::sqrt(half * half + b * c);
    let (x, y) = (half + root, half - root);
    // Their product is -bc: the smaller from the larger, without cancellation.
    let larger = if x.magnitude() >= y.magnitude() { x } else { y };
    if larger.magnitude() == 0.0 { d } else { d - b * c / larger }
}

fn decompose<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = square_matrix::<Complex<T>>(name, args, 0)?.into_matrix();
    let (u0, t0) = complex_schur(&dense::plain(&a))
        .ok_or_else(|| FunctionError::domain(name, "no convergence (are all entries finite?)"))?;
    let (u, t) = if dense::is_fixed(&a) { (dense::lift(&u0), dense::lift(&t0)) } else { differentials(&a, &u0, &t0) };
    Ok(match name {
        "complex_schur_decompose_u" => Value::ComplexMatrix(u),
        "complex_schur_decompose_t" => Value::ComplexMatrix(t),
        _ => Value::Tuple(vec![Value::ComplexMatrix(u), Value::ComplexMatrix(t)]),
    })
}

/// `dU = U K`, `dT = U* dA U + T K - K T` with K skew-Hermitian of diagonal 0, its lower part such that dT is upper
/// triangular.
fn differentials<T: Num>(
    a: &Matrix<Complex<T>>,
    u0: &Matrix<C>,
    t0: &Matrix<C>,
) -> (Matrix<Complex<T>>, Matrix<Complex<T>>) {
    let n = a.rows;
    let (u, t) = (dense::lift::<Complex<T>>(u0), dense::lift::<Complex<T>>(t0));
    let p = dense::product(&dense::adjoint(&u), &dense::product(&dense::differential(a), &u));
    let mut k = Matrix::filled(n, n, Complex::constant(0.0));
    for j in 0..n {
        for i in (j + 1..n).rev() {
            let mut z = -p.at(i, j);
            for l in i + 1..n {
                z = z - t.at(i, l) * k.at(l, j);
            }
            for l in 0..j {
                z = z + k.at(i, l) * t.at(l, j);
            }
            let gap = t0.at(i, i) - t0.at(j, j);
            let x = z * Complex::lift(real(1.0) / gap);
            k.set(i, j, x);
            k.set(j, i, -x.conjugate());
        }
    }
    let turn = dense::subtract(&dense::product(&t, &k), &dense::product(&k, &t));
    let dt = dense::add(&p, &turn);
    let dt = Matrix::from_fn(n, n, |i, j| if i <= j { dt.at(i, j) } else { Complex::constant(0.0) });
    (dense::add(&u, &dense::product(&u, &k)), dense::add(&t, &dt))
}
