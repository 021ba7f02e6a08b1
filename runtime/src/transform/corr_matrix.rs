//! Correlation matrices, from canonical partial correlations z = tanh(x), column by column of the lower triangle.
//! Source: Lewandowski, Kurowicka and Joe (2009), Journal of Multivariate Analysis 100.

use super::{Check, TOLERANCE, Violation, cholesky, log1m_square, times_self_transpose, violated};
use crate::num::Num;
use crate::value::Matrix;

/// Number of unconstrained coordinates for k x k.
pub fn free_size(k: usize) -> usize {
    k * k.saturating_sub(1) / 2
}

pub fn constrain<T: Num>(x: &[T], k: usize, log_jacobian: &mut T) -> Matrix<T> {
    let (zero, one) = (T::from(0.0), T::from(1.0));
    let mut l = Matrix::filled(k, k, zero);
    if k == 0 {
        return l;
    }
    l.set(0, 0, one);
    // What is left of the unit length of each row.
    let mut left = vec![one; k];
    let mut next = x.iter().copied();
    for j in 0..k - 1 {
        l.set(j, j, left[j].sqrt());
        for (i, rest) in left.iter_mut().enumerate().skip(j + 1) {
            let Some(x) = next.next() else { break };
            let z = x.tanh();
            let log1m = log1m_square(z);
            // tanh's own Jacobian, and that from partial correlations to the matrix.
            *log_jacobian += log1m + T::from(0.5 * (k - j - 2) as f64) * log1m;
            l.set(i, j, z * rest.sqrt());
            *rest *= one - z * z;
        }
    }
    l.set(k - 1, k - 1, left[k - 1].sqrt());
    times_self_transpose(&l)
}

/// # Errors
/// As [`check`].
pub fn free(y: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    check(y)?;
    let Some(l) = cholesky(y) else { return violated("not positive definite".into()) };
    let k = y.rows;
    let mut x = Vec::with_capacity(free_size(k));
    let mut left = vec![1.0; k];
    for j in 0..k.saturating_sub(1) {
        for (i, rest) in left.iter_mut().enumerate().skip(j + 1) {
            let z: f64 = l.at(i, j) / f64::sqrt(*rest);
            x.push(z.atanh());
            *rest *= 1.0 - z * z;
        }
    }
    Ok(x)
}

/// # Errors
/// Not square, not symmetric, not positive definite, or a diagonal other than 1.
pub fn check(y: &Matrix<f64>) -> Check {
    super::check_square(y)?;
    if y.rows == 0 {
        return Ok(());
    }
    super::check_symmetric(y)?;
    for i in 0..y.rows {
        let d = y.at(i, i);
        if d.is_nan() || (d - 1.0).abs() > TOLERANCE {
            return violated(format!("expected a diagonal of ones: entry [{0},{0}] is {d}", i + 1));
        }
    }
    super::check_positive_definite(y)
}
