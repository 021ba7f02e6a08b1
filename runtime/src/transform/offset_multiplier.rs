//! y = mu + sigma x. Changes coordinates only; every value is in the support.

use super::{Violation, violated};
use crate::num::Num;

/// # Errors
/// `sigma` not positive and finite, or `mu` not finite.
pub fn constrain<T: Num>(x: T, mu: T, sigma: T, log_jacobian: &mut T) -> Result<T, Violation> {
    check_arguments(mu.value(), sigma.value())?;
    if sigma.value() == 1.0 && sigma.is_constant() {
        return Ok(if mu.value() == 0.0 && mu.is_constant() { x } else { mu + x });
    }
    *log_jacobian += sigma.ln();
    Ok(sigma * x + mu)
}

/// # Errors
/// As [`constrain`].
pub fn free(y: f64, mu: f64, sigma: f64) -> Result<f64, Violation> {
    check_arguments(mu, sigma)?;
    Ok((y - mu) / sigma)
}

fn check_arguments(mu: f64, sigma: f64) -> Result<(), Violation> {
    if !mu.is_finite() {
        return violated(format!("the offset is {mu}; expected a finite number"));
    }
    if !(sigma > 0.0 && sigma.is_finite()) {
        return violated(format!("the multiplier is {sigma}; expected a positive finite number"));
    }
    Ok(())
}
