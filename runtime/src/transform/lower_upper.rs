//! a < y < b: y = a + (b - a) inv_logit(x). Infinite bounds collapse to the one-sided transforms or to none.

use super::{Check, Violation, inv_logit, log1p_exp, lower, upper, violated};
use crate::num::Num;

/// # Errors
/// `a >= b` with both finite.
pub fn constrain<T: Num>(x: T, a: T, b: T, log_jacobian: &mut T) -> Result<T, Violation> {
    if b.value() == f64::INFINITY {
        return Ok(lower::constrain(x, a, log_jacobian));
    }
    if a.value() == f64::NEG_INFINITY {
        return Ok(upper::constrain(x, b, log_jacobian));
    }
    check_bounds(a.value(), b.value())?;
    let width = b - a;
    let far = -x.abs();
    *log_jacobian += width.ln() + far - T::from(2.0) * log1p_exp(far);
    Ok(width * inv_logit(x) + a)
}

/// # Errors
/// `y` out of bounds, or bounds that allow no value.
pub fn free(y: f64, a: f64, b: f64) -> Result<f64, Violation> {
    if b == f64::INFINITY {
        return lower::free(y, a);
    }
    if a == f64::NEG_INFINITY {
        return upper::free(y, b);
    }
    check_bounds(a, b)?;
    check(y, a, b)?;
    let u = (y - a) / (b - a);
    Ok((u / (1.0 - u)).ln())
}

fn check_bounds(a: f64, b: f64) -> Check {
    if a < b {
        return Ok(());
    }
    violated(format!("the lower bound {a} is not less than the upper bound {b}"))
}

/// # Errors
/// `y` outside `[a, b]`, or one of the three is NaN.
pub fn check(y: f64, a: f64, b: f64) -> Check {
    lower::check(y, a)?;
    upper::check(y, b)
}
