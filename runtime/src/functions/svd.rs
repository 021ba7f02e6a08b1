//! Singular value decomposition.

use super::dense;
use crate::value::Matrix;

/// `a = u diag(s) v'` with singular values falling: `u` is rows x k, `v` is cols x k, k the smaller extent.
pub(super) struct Svd {
    pub u: Matrix<f64>,
    pub s: Vec<f64>,
    pub v: Matrix<f64>,
}

/// One-sided Jacobi rotations (Hestenes 1958) until all columns are orthogonal to working accuracy.
pub(super) fn svd(a: &Matrix<f64>) -> Svd {
    if a.rows < a.cols {
        let t = svd(&a.transpose());
        return Svd { u: t.v, s: t.s, v: t.u };
    }
    let (m, n) = (a.rows, a.cols);
    let mut u = a.clone();
    let mut v: Matrix<f64> = dense::identity(n);
    const SWEEPS: usize = 60;
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (mut alpha, mut beta, mut gamma) = (0.0, 0.0, 0.0);
                for i in 0..m {
                    let (x, y) = (u.at(i, p), u.at(i, q));
                    alpha += x * x;
                    beta += y * y;
                    gamma += x * y;
                }
                if gamma == 0.0 || gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() {
                    continue;
                }
                rotated = true;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let t = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = c * t;
                for (matrix, len) in [(&mut u, m), (&mut v, n)] {
                    for i in 0..len {
                        let (x, y) = (matrix.at(i, p), matrix.at(i, q));
                        matrix.set(i, p, c * x - s * y);
                        matrix.set(i, q, s * x + c * y);
                    }
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let norms: Vec<f64> = (0..n).map(|j| (0..m).map(|i| u.at(i, j) * u.at(i, j)).sum::<f64>().sqrt()).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| norms[j].total_cmp(&norms[i]));
    let largest = order.first().map_or(0.0, |&j| norms[j]);
    let mut left = Matrix::filled(m, n, 0.0);
    for (k, &j) in order.iter().enumerate() {
        if norms[j] > largest * f64::EPSILON * m as f64 {
            for i in 0..m {
                left.set(i, k, u.at(i, j) / norms[j]);
            }
        } else {
            complete(&mut left, k);
        }
    }
    let right = Matrix::from_fn(n, n, |i, k| v.at(i, order[k]));
    Svd { u: left, s: order.iter().map(|&j| norms[j]).collect(), v: right }
}

/// Makes column `k` a unit vector orthogonal to the columns before it.
fn complete(m: &mut Matrix<f64>, k: usize) {
    for axis in 0..m.rows {
        let mut column: Vec<f64> = (0..m.rows).map(|i| (i == axis) as i32 as f64).collect();
        // Twice is enough (Kahan, in Parlett 1980).
        for _ in 0..2 {
            for j in 0..k {
                let overlap: f64 = (0..m.rows).map(|i| m.at(i, j) * column[i]).sum();
                for (i, x) in column.iter_mut().enumerate() {
                    *x -= overlap * m.at(i, j);
                }
            }
        }
        let norm = column.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 0.5 / (m.rows as f64).sqrt() {
            for (i, x) in column.iter().enumerate() {
                m.set(i, k, x / norm);
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
