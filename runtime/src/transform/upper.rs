//! y < b: y = b - exp(x). A bound of infinity is none.

use super::{Check, Violation, violated};
use crate::num::Num;

pub fn constrain<T: Num>(x: T, upper: T, log_jacobian: &mut T) -> T {
    if upper.value() == f64::INFINITY {
        return x;
    }
    *log_jacobian += x;
    upper - x.exp()
}

/// # Errors
/// `y` above `upper`.
pub fn free(y: f64, upper: f64) -> Result<f64, Violation> {
    if upper == f64::INFINITY {
        return Ok(y);
    }
    check(y, upper)?;
    Ok((upper - y).ln())
}

/// # Errors
/// `y` above `upper`, or either is NaN.
pub fn check(y: f64, upper: f64) -> Check {
    if y <= upper { Ok(()) } else { violated(format!("expected at most {upper}, found {y}")) }
}
