//! y > a: y = exp(x) + a. A bound of -infinity is none.

use super::{Check, Violation, violated};
use crate::num::Num;

pub fn constrain<T: Num>(x: T, lower: T, log_jacobian: &mut T) -> T {
    if lower.value() == f64::NEG_INFINITY {
        return x;
    }
    *log_jacobian += x;
    x.exp() + lower
}

/// # Errors
/// `y` below `lower`.
pub fn free(y: f64, lower: f64) -> Result<f64, Violation> {
    if lower == f64::NEG_INFINITY {
        return Ok(y);
    }
    check(y, lower)?;
    Ok((y - lower).ln())
}

/// # Errors
/// `y` below `lower`, or either is NaN.
pub fn check(y: f64, lower: f64) -> Check {
    if y >= lower { Ok(()) } else { violated(format!("expected at least {lower}, found {y}")) }
}
