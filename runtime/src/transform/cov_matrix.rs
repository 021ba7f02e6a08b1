//! Covariance matrices y = L L', L in the coordinates of Cholesky factors.

use super::{Check, Violation, cholesky, cholesky_factor_cov, times_self_transpose, violated};
use crate::num::Num;
use crate::value::Matrix;

/// Number of unconstrained coordinates for k x k.
pub fn free_size(k: usize) -> usize {
    k * (k + 1) / 2
}

pub fn constrain<T: Num>(x: &[T], k: usize, log_jacobian: &mut T) -> Matrix<T> {
    let mut unused = T::from(0.0);
    let l = cholesky_factor_cov::constrain(x, k, k, &mut unused);
    // d y / d L has determinant 2^K prod L_kk^(K - k + 1), the exponential of the diagonal one power more.
    *log_jacobian += T::from(k as f64 * std::f64::consts::LN_2);
    for i in 0..k {
        // The diagonal is the last coordinate of its row.
        *log_jacobian += T::from((k - i + 1) as f64) * x[i * (i + 1) / 2 + i];
    }
    times_self_transpose(&l)
}

/// # Errors
/// As [`check`].
pub fn free(y: &Matrix<f64>) -> Result<Vec<f64>, Violation> {
    check(y)?;
    match cholesky(y) {
        Some(l) => cholesky_factor_cov::free(&l),
        None => violated("not positive definite".into()),
    }
}

/// # Errors
/// Not square, not symmetric, or not positive definite.
pub fn check(y: &Matrix<f64>) -> Check {
    super::check_square(y)?;
    super::check_symmetric(y)?;
    super::check_positive_definite(y)
}
