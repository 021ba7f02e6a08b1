//! 0 < y_1 < y_2 < ...: y_1 = exp(x_1), y_k = y_{k-1} + exp(x_k).

use super::{Check, Violation, ordered, violated};
use crate::num::Num;

pub fn constrain<T: Num>(x: &[T], log_jacobian: &mut T) -> Vec<T> {
    let mut y = Vec::with_capacity(x.len());
    let mut last = T::from(0.0);
    for (k, &xk) in x.iter().enumerate() {
        *log_jacobian += xk;
        last = if k == 0 { xk.exp() } else { last + xk.exp() };
        y.push(last);
    }
    y
}

/// # Errors
/// As [`check`].
pub fn free(y: &[f64]) -> Result<Vec<f64>, Violation> {
    check(y)?;
    Ok((0..y.len()).map(|k| if k == 0 { y[0].ln() } else { (y[k] - y[k - 1]).ln() }).collect())
}

/// # Errors
/// Not strictly increasing, or negative (zero passes, as in Stan).
pub fn check(y: &[f64]) -> Check {
    if let Some(&first) = y.first()
        && (first.is_nan() || first < 0.0)
    {
        return violated(format!("expected a first element of at least 0, found {first}"));
    }
    ordered::check(y)
}
