//! Lower triangles with positive diagonal, m x n with m >= n: coordinates row by row, the diagonal by its logarithm.

use super::{Check, Violation, violated};
use crate::num::Num;
use crate::value::Matrix;

/// Number of unconstrained coordinates for m x n, m >= n.
pub fn free_size(m: usize, n: usize) -> usize {
    n * (n + 1) / 2 + m.saturating_sub(n) * n
}

pub fn constrain<T: Num>(x: &[T], m: usize, n: usize, log_jacobian: &mut T) -> Matrix<T> {
    let mut l = Matrix::filled(m, n, T::from(0.0));
    let mut next = x.iter().copied();
    for i in 0..m {
        for j in 0..n.min(i + 1) {
            let Some(x) = next.next() else { break };
            if i == j {
                *log_jacobian += x;
                l.set(i, j, x.exp());
            } else {
                l.set(i, j, x);
            }
        }
    }
    l
}

/// # Errors
/// As [`check`].
pub fn free(l: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    check(l)?;
    let mut x = Vec::with_capacity(free_size(l.rows, l.cols));
    for i in 0..l.rows {
        for j in 0..l.cols.min(i + 1) {
            x.push(if i == j { l.at(i, j).ln() } else { l.at(i, j) });
        }
    }
    Ok(x)
}

/// # Errors
/// Fewer rows than columns, an entry above the diagonal, or a diagonal that is not positive.
pub fn check(l: &Matrix<f64>) -> Check {
    if l.rows < l.cols {
        return violated(format!("expected at least as many rows as columns, found {} and {}", l.rows, l.cols));
    }
    for j in 0..l.cols {
        for i in 0..j {
            // NaN is no zero.
            if l.at(i, j) != 0.0 {
                return violated(format!(
                    "expected zeros above the diagonal: entry [{},{}] is {}",
                    i + 1,
                    j + 1,
                    l.at(i, j)
                ));
            }
        }
        let d = l.at(j, j);
        if d.is_nan() || d <= 0.0 {
            return violated(format!("expected a positive diagonal: entry [{0},{0}] is {d}", j + 1));
        }
    }
    Ok(())
}
