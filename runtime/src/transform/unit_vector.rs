//! |y| = 1: y = x / |x|, with a standard normal density on x instead of a Jacobian.

use super::{Check, TOLERANCE, Violation, violated};
use crate::num::Num;

/// # Errors
/// `x` of length 0 or not finite.
pub fn constrain<T: Num>(x: &[T], log_jacobian: &mut T) -> Result<Vec<T>, Violation> {
    let mut square = T::from(0.0);
    for &xk in x {
        square += xk * xk;
    }
    if !(square.value() > 0.0 && square.value().is_finite()) {
        return violated(format!("a unit vector from a vector of squared length {}", square.value()));
    }
    *log_jacobian -= T::from(0.5) * square;
    let length = square.sqrt();
    Ok(x.iter().map(|&xk| xk / length).collect())
}

/// # Errors
/// As [`check`].
pub fn free(y: &[f64]) -> Result<Vec<f64>, Violation> {
    check(y)?;
    Ok(y.to_vec())
}

/// # Errors
/// Empty, or a length other than 1.
pub fn check(y: &[f64]) -> Check {
    if y.is_empty() {
        return violated("expected a unit vector of at least one element, found none".into());
    }
    let square: f64 = y.iter().map(|x| x * x).sum();
    if square.is_nan() || (square - 1.0).abs() > TOLERANCE {
        return violated(format!("expected a unit vector: the sum of squares is {square}, not 1"));
    }
    Ok(())
}
