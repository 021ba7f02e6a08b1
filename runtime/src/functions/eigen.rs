//! Eigenvalues and eigenvectors: of symmetric matrices, and of general ones through the complex Schur form.

use super::dense;
use super::error::{FunctionError, Result};
use super::linear::check_symmetric;
use super::scalar::{Scalar, Shape, arity, is_complex, no_overload, square_matrix};
use super::schur;
use crate::num::Num;
use crate::value::{Complex, Matrix, Value};

super::functions! {
    eigenvalues_sym => symmetric,
    eigenvectors_sym => symmetric,
    eigendecompose_sym => symmetric,
    eigenvalues => general,
    eigenvectors => general,
    eigendecompose => general,
}

/// Rotations a QR iteration may take for one eigenvalue before it is given up.
const MAX_ITERATIONS: usize = 30;

/// Eigenvalues in rising order and the eigenvectors as columns of a symmetric matrix, of which the lower triangle is read.
///
/// Householder tridiagonalisation and implicit QR with Wilkinson's shift (Golub and Van Loan, 8.3), with the conventions of
/// Eigen for reflections and rotations, so that the signs of the eigenvectors are those that Stan has. `None` where the
/// iteration does not converge (entries that are not finite).
pub(super) fn symmetric_eigen(a: &Matrix<f64>) -> Option<(Vec<f64>, Matrix<f64>)> {
    let n = a.rows;
    if n == 0 {
        return Some((Vec::new(), a.clone()));
    }
    if n == 1 {
        return a.data[0].is_finite().then(|| (a.data.clone(), dense::identity(1)));
    }
    // Scaled to [-1, 1] against overflow.
    let lower = |i: usize, j: usize| if i >= j { a.at(i, j) } else { a.at(j, i) };
    let largest = a.data.iter().fold(0.0, |m: f64, x| if x.is_nan() { f64::NAN } else { m.max(x.abs()) });
    if !largest.is_finite() {
        return None;
    }
    let scale = if largest == 0.0 { 1.0 } else { largest };
    let mut m = Matrix::from_fn(n, n, |i, j| lower(i, j) / scale);
    let (mut diag, mut sub, mut q) = tridiagonalize(&mut m);

    let mut end = n - 1;
    let mut iterations = 0;
    while end > 0 {
        for i in 0..end {
            let s = sub[i] / f64::EPSILON;
            if sub[i].abs() < f64::MIN_POSITIVE || s * s <= diag[i].abs() + diag[i + 1].abs() {
                sub[i] = 0.0;
            }
        }
        while end > 0 && sub[end - 1] == 0.0 {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        iterations += 1;
        if iterations > MAX_ITERATIONS * n {
            return None;
        }
        let mut start = end - 1;
        while start > 0 && sub[start - 1] != 0.0 {
            start -= 1;
        }
        qr_step(&mut diag, &mut sub, start, end, &mut q);
    }
    // Selection sort, which fixes the order of equal eigenvalues.
    for i in 0..n - 1 {
        let mut k = i;
        for j in i + 1..n {
            if diag[j] < diag[k] {
                k = j;
            }
        }
        if k != i {
            diag.swap(i, k);
            for r in 0..n {
                q.data.swap(i * n + r, k * n + r);
            }
        }
    }
    diag.iter_mut().for_each(|x| *x *= scale);
    Some((diag, q))
}

/// The Householder reflection `I - tau v v'` (`v_0 = 1`) that takes `x` to `(beta, 0, ...)`: tau, beta, and the tail of v in place.
fn householder(x: &mut [f64]) -> (f64, f64) {
    let head = x[0];
    let tail: f64 = x[1..].iter().map(|v| v * v).sum();
    if tail <= f64::MIN_POSITIVE {
        x[1..].fill(0.0);
        return (0.0, head);
    }
    let norm = (head * head + tail).sqrt();
    let beta = if head >= 0.0 { -norm } else { norm };
    x[1..].iter_mut().for_each(|v| *v /= head - beta);
    ((beta - head) / beta, beta)
}

/// `a = q t q'` with t tridiagonal: its diagonal, its subdiagonal, and q.
fn tridiagonalize(a: &mut Matrix<f64>) -> (Vec<f64>, Vec<f64>, Matrix<f64>) {
    let n = a.rows;
    let mut taus = vec![0.0; n - 1];
    let mut sub = vec![0.0; n - 1];
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(n - 1);
    for i in 0..n - 1 {
        let mut v: Vec<f64> = (i + 1..n).map(|r| a.at(r, i)).collect();
        let (tau, beta) = householder(&mut v);
        v[0] = 1.0;
        let m = v.len();
        // a22 := H a22 H by the symmetric rank-2 update a22 - v w' - w v'.
        let mut w: Vec<f64> =
            (0..m).map(|r| tau * (0..m).map(|c| a.at(i + 1 + r, i + 1 + c) * v[c]).sum::<f64>()).collect();
        let half = -0.5 * tau * w.iter().zip(&v).map(|(x, y)| x * y).sum::<f64>();
        w.iter_mut().zip(&v).for_each(|(x, y)| *x += half * y);
        for c in 0..m {
            for r in 0..m {
                let x = a.at(i + 1 + r, i + 1 + c) - v[r] * w[c] - w[r] * v[c];
                a.set(i + 1 + r, i + 1 + c, x);
            }
        }
        taus[i] = tau;
        sub[i] = beta;
        vectors.push(v);
    }
    let diag = (0..n).map(|i| a.at(i, i)).collect();
    // q = H_0 H_1 ... applied to the identity from the last to the first.
    let mut q: Matrix<f64> = dense::identity(n);
    for i in (0..n - 1).rev() {
        let v = &vectors[i];
        for c in 0..n {
            let overlap: f64 = v.iter().enumerate().map(|(r, x)| x * q.at(i + 1 + r, c)).sum();
            for (r, x) in v.iter().enumerate() {
                let y = q.at(i + 1 + r, c) - taus[i] * x * overlap;
                q.set(i + 1 + r, c, y);
            }
        }
    }
    (diag, sub, q)
}

/// A rotation `(c, s)` with `c p - s q = r`, `s p + c q = 0`, in Eigen's choice of signs.
fn givens(p: f64, q: f64) -> (f64, f64) {
    if q == 0.0 {
        (if p < 0.0 { -1.0 } else { 1.0 }, 0.0)
    } else if p == 0.0 {
        (0.0, if q < 0.0 { 1.0 } else { -1.0 })
    } else if p.abs() > q.abs() {
        let t = q / p;
        let mut u = (1.0 + t * t).sqrt();
        if p < 0.0 {
            u = -u;
        }
        let c = 1.0 / u;
        (c, -t * c)
    } else {
        let t = p / q;
        let mut u = (1.0 + t * t).sqrt();
        if q < 0.0 {
            u = -u;
        }
        let s = -1.0 / u;
        (-t * s, s)
    }
}

/// One implicit QR step with Wilkinson's shift on the block from `start` to `end`.
fn qr_step(diag: &mut [f64], sub: &mut [f64], start: usize, end: usize, q: &mut Matrix<f64>) {
    let n = q.rows;
    let td = (diag[end - 1] - diag[end]) * 0.5;
    let e = sub[end - 1];
    let mut mu = diag[end];
    if td == 0.0 {
        mu -= e.abs();
    } else if e != 0.0 {
        let e2 = e * e;
        let h = td.hypot(e);
        let d = td + if td > 0.0 { h } else { -h };
        mu -= if e2 == 0.0 { e / (d / e) } else { e2 / d };
    }
    let mut x = diag[start] - mu;
    let mut z = sub[start];
    let mut k = start;
    while k < end && z != 0.0 {
        let (c, s) = givens(x, z);
        let sdk = s * diag[k] + c * sub[k];
        let dkp1 = s * sub[k] + c * diag[k + 1];
        diag[k] = c * (c * diag[k] - s * sub[k]) - s * (c * sub[k] - s * diag[k + 1]);
        diag[k + 1] = s * sdk + c * dkp1;
        sub[k] = c * sdk - s * dkp1;
        if k > start {
            sub[k - 1] = c * sub[k - 1] - s * z;
        }
        x = sub[k];
        if k < end - 1 {
            z = -s * sub[k + 1];
            sub[k + 1] *= c;
        }
        for r in 0..n {
            let (u, v) = (q.at(r, k), q.at(r, k + 1));
            q.set(r, k, c * u - s * v);
            q.set(r, k + 1, s * u + c * v);
        }
        k += 1;
    }
}

fn no_convergence(name: &str) -> FunctionError {
    FunctionError::domain(name, "the eigenvalues did not converge (are all entries finite?)")
}

/// `dV = V (F o (V' dA V))` with `F_ij = 1 / (lambda_j - lambda_i)`, and `d lambda = diag(V' dA V)`.
fn symmetric_differentials<T: Num>(a: &Matrix<T>, values: &[f64], vectors: &Matrix<f64>) -> (Vec<T>, Matrix<T>) {
    let n = a.rows;
    if dense::is_fixed(a) {
        return (values.iter().map(|&x| T::from(x)).collect(), dense::lift(vectors));
    }
    // Only the symmetric part of a perturbation counts.
    let raw = dense::differential(a);
    let half = T::from(0.5);
    let da = Matrix::from_fn(n, n, |i, j| half * (raw.at(i, j) + raw.at(j, i)));
    let v = dense::lift::<T>(vectors);
    let p = dense::product(&v.transpose(), &dense::product(&da, &v));
    let lambda = values.iter().enumerate().map(|(i, &x)| T::from(x) + p.at(i, i)).collect();
    let c =
        Matrix::from_fn(
            n,
            n,
            |i, j| {
                if i == j { T::from(0.0) } else { p.at(i, j) * T::from(1.0 / (values[j] - values[i])) }
            },
        );
    (lambda, dense::add(&v, &dense::product(&v, &c)))
}

fn symmetric<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    if is_complex(args[0]) {
        return hermitian(name, args);
    }
    let a = square_matrix::<T>(name, args, 0)?.into_matrix();
    check_symmetric(name, &a)?;
    let (values, vectors) = symmetric_eigen(&dense::plain(&a)).ok_or_else(|| no_convergence(name))?;
    let (lambda, v) = symmetric_differentials(&a, &values, &vectors);
    Ok(match name {
        "eigenvalues_sym" => Value::Vector(lambda),
        "eigenvectors_sym" => Value::Matrix(v),
        _ => Value::Tuple(vec![Value::Matrix(v), Value::Vector(lambda)]),
    })
}

/// Of a Hermitian matrix, through the real symmetric matrix `[[Re, -Im], [Im, Re]]`, which has every eigenvalue twice.
fn hermitian<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    let a = square_matrix::<Complex<T>>(name, args, 0)?.into_matrix();
    check_symmetric(
        name,
        &Matrix::from_fn(a.rows, a.rows, |i, j| if i >= j { a.at(i, j) } else { a.at(i, j).conjugate() }),
    )?;
    let (values, vectors) = hermitian_eigen(&dense::plain(&a)).ok_or_else(|| no_convergence(name))?;
    let n = a.rows;
    let v = dense::lift::<Complex<T>>(&vectors);
    let (lambda, v) = if dense::is_fixed(&a) {
        (values.iter().map(|&x| Complex::constant(x)).collect::<Vec<_>>(), v)
    } else {
        let raw = dense::differential(&a);
        let half = Complex::constant(0.5);
        let da = dense::map(&dense::add(&raw, &dense::adjoint(&raw)), |z: Complex<T>| half * z);
        let p = dense::product(&dense::adjoint(&v), &dense::product(&da, &v));
        let lambda = (0..n).map(|i| Complex { re: T::from(values[i]) + p.at(i, i).re, im: T::from(0.0) }).collect();
        let c = Matrix::from_fn(n, n, |i, j| {
            if i == j { Complex::constant(0.0) } else { p.at(i, j) * Complex::constant(1.0 / (values[j] - values[i])) }
        });
        (lambda, dense::add(&v, &dense::product(&v, &c)))
    };
    Ok(match name {
        "eigenvalues_sym" => Value::ComplexVector(lambda),
        "eigenvectors_sym" => Value::ComplexMatrix(v),
        _ => Value::Tuple(vec![Value::ComplexMatrix(v), Value::ComplexVector(lambda)]),
    })
}

/// Cyclic Jacobi rotations of a Hermitian matrix, of which the lower triangle is read.
pub(super) fn hermitian_eigen(a: &Matrix<Complex<f64>>) -> Option<(Vec<f64>, Matrix<Complex<f64>>)> {
    let n = a.rows;
    let mut m = Matrix::from_fn(n, n, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Greater => a.at(i, j),
        std::cmp::Ordering::Less => a.at(j, i).conjugate(),
        std::cmp::Ordering::Equal => Complex { re: a.at(i, i).re, im: 0.0 },
    });
    let mut v: Matrix<Complex<f64>> = dense::identity(n);
    let total: f64 = m.data.iter().map(|z| z.magnitude().powi(2)).sum();
    if !total.is_finite() {
        return None;
    }
    for _ in 0..60 {
        let mut off = 0.0;
        for q in 0..n {
            for p in 0..q {
                off += m.at(p, q).magnitude().powi(2);
            }
        }
        if off <= total * 1e-32 {
            break;
        }
        for q in 0..n {
            for p in 0..q {
                let h = m.at(p, q);
                let r = h.magnitude();
                if r == 0.0 {
                    continue;
                }
                // A phase makes the pair real, a rotation makes it diagonal.
                let phase = Complex { re: h.re / r, im: h.im / r };
                let theta = (m.at(q, q).re - m.at(p, p).re) / (2.0 * r);
                let t = if theta >= 0.0 { 1.0 } else { -1.0 } / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                let (cc, cs) = (Complex::constant(c), phase * Complex::constant(s));
                let columns = |x: &mut Matrix<Complex<f64>>| {
                    for i in 0..n {
                        let (u, w) = (x.at(i, p), x.at(i, q));
                        x.set(i, p, cc * u - cs.conjugate() * w);
                        x.set(i, q, cs * u + cc * w);
                    }
                };
                columns(&mut m);
                columns(&mut v);
                for j in 0..n {
                    let (u, w) = (m.at(p, j), m.at(q, j));
                    m.set(p, j, cc * u - cs * w);
                    m.set(q, j, cs.conjugate() * u + cc * w);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| m.at(i, i).re.total_cmp(&m.at(j, j).re));
    let values = order.iter().map(|&i| m.at(i, i).re).collect();
    Some((values, Matrix::from_fn(n, n, |i, k| v.at(i, order[k]))))
}

/// Eigenvalues and eigenvectors of length 1 of a general matrix: of its complex Schur form by back substitution.
fn general<T: Num>(name: &str, args: &[&Value<T>]) -> Result<Value<T>> {
    arity(name, args, 1..=1)?;
    let a = square_matrix::<Complex<T>>(name, args, 0)?.into_matrix();
    let n = a.rows;
    let (u, t) = schur::complex_schur(&dense::plain(&a)).ok_or_else(|| no_convergence(name))?;
    let values: Vec<Complex<f64>> = (0..n).map(|i| t.at(i, i)).collect();
    let mut x: Matrix<Complex<f64>> = dense::identity(n);
    let norm = t.data.iter().fold(0.0, |m: f64, z| m.max(z.magnitude()));
    for k in (0..n).rev() {
        for i in (0..k).rev() {
            let mut z = -t.at(i, k);
            for j in i + 1..k {
                z = z - t.at(i, j) * x.at(j, k);
            }
            let mut d = t.at(i, i) - t.at(k, k);
            if d.magnitude() == 0.0 {
                // Equal eigenvalues: perturbed by one rounding.
                d = Complex::constant(f64::EPSILON * norm);
            }
            x.set(i, k, z / d);
        }
    }
    let mut vectors = dense::product(&u, &x);
    for k in 0..n {
        let length = (0..n).map(|i| vectors.at(i, k).magnitude().powi(2)).sum::<f64>().sqrt();
        for i in 0..n {
            vectors.set(i, k, vectors.at(i, k) / Complex::constant(length));
        }
    }
    let (lambda, v) = if dense::is_fixed(&a) {
        (values.iter().map(|&z| Complex::lift(z)).collect::<Vec<Complex<T>>>(), dense::lift(&vectors))
    } else {
        general_differentials(&a, &values, &vectors)
    };
    match name {
        "eigenvalues" => Ok(Value::ComplexVector(lambda)),
        "eigenvectors" => Ok(Value::ComplexMatrix(v)),
        "eigendecompose" => {
            Ok(Value::Tuple(vec![Complex::pack(Shape::Matrix(n, n), v.data), Value::ComplexVector(lambda)]))
        }
        _ => Err(no_overload(name, args)),
    }
}

/// With `P = V^-1 dA V`: `d lambda = diag P`, `dV = V C` with `C_ij = P_ij / (lambda_j - lambda_i)` and a diagonal
/// that keeps the columns at length 1.
#[allow(clippy::type_complexity)]
fn general_differentials<T: Num>(
    a: &Matrix<Complex<T>>,
    values: &[Complex<f64>],
    vectors: &Matrix<Complex<f64>>,
) -> (Vec<Complex<T>>, Matrix<Complex<T>>) {
    let n = a.rows;
    let inverse = dense::lift::<Complex<T>>(&dense::Lu::new(vectors.clone()).inverse());
    let v = dense::lift::<Complex<T>>(vectors);
    let p = dense::product(&inverse, &dense::product(&dense::differential(a), &v));
    let lambda = (0..n).map(|i| Complex::lift(values[i]) + p.at(i, i)).collect();
    let c = Matrix::from_fn(n, n, |i, j| {
        if i == j {
            Complex::constant(0.0)
        } else {
            p.at(i, j) * Complex::lift(Complex::constant(1.0) / (values[j] - values[i]))
        }
    });
    let mut dv = dense::product(&v, &c);
    for k in 0..n {
        // d |v|^2 = 2 Re(v* dv) = 0.
        let drift = T::sum((0..n).map(|i| (v.at(i, k).conjugate() * dv.at(i, k)).re).collect::<Vec<_>>().into_iter());
        for i in 0..n {
            dv.set(i, k, dv.at(i, k) - v.at(i, k) * Complex::from_real(drift));
        }
    }
    (lambda, dense::add(&v, &dv))
}
