//! Cholesky factors of correlation matrices, from canonical partial correlations z = tanh(x), row by row.

use super::{Check, TOLERANCE, Violation, cholesky_factor_cov, log1m_square, violated};
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
    let mut next = x.iter();
    for i in 1..k {
        let mut squares = zero;
        for j in 0..i {
            let Some(&x) = next.next() else { break };
            let z = x.tanh();
            *log_jacobian += log1m_square(z);
            let entry = if j == 0 {
                z
            } else {
                *log_jacobian += T::from(0.5) * (-squares).ln_1p();
                z * (one - squares).sqrt()
            };
            l.set(i, j, entry);
            squares += entry * entry;
        }
        l.set(i, i, (one - squares).sqrt());
    }
    l
}

/// # Errors
/// As [`check`].
pub fn free(l: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    check(l)?;
    let mut x = Vec::with_capacity(free_size(l.rows));
    for i in 1..l.rows {
        let mut squares: f64 = 0.0;
        for j in 0..i {
            let z = if j == 0 { l.at(i, 0) } else { l.at(i, j) / (1.0 - squares).sqrt() };
            x.push(z.atanh());
            squares += l.at(i, j) * l.at(i, j);
        }
    }
    Ok(x)
}

/// # Errors
/// Not a square lower triangle with positive diagonal and rows of length 1.
pub fn check(l: &Matrix<f64>) -> Check {
    super::check_square(l)?;
    cholesky_factor_cov::check(l)?;
    for i in 0..l.rows {
        let square: f64 = (0..l.cols).map(|j| l.at(i, j) * l.at(i, j)).sum();
        if square.is_nan() || (square - 1.0).abs() > TOLERANCE {
            return violated(format!("expected rows of length 1: the sum of squares of row {} is {square}", i + 1));
        }
    }
    Ok(())
}
