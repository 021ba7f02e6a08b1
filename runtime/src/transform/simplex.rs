//! y_k >= 0, sum y = 1, by stick-breaking: z_k = inv_logit(x_k - log(K - k)) of the stick that is left.

use super::{Check, TOLERANCE, Violation, inv_logit, log1p_exp, violated};
use crate::num::Num;

/// Number of unconstrained coordinates of a simplex of size `k`.
pub fn free_size(k: usize) -> usize {
    k.saturating_sub(1)
}

/// From K - 1 coordinates to K probabilities.
pub fn constrain<T: Num>(x: &[T], log_jacobian: &mut T) -> Vec<T> {
    let mut y = Vec::with_capacity(x.len() + 1);
    let mut stick = T::from(1.0);
    for (k, &xk) in x.iter().enumerate() {
        let adjusted = xk - T::from(((x.len() - k) as f64).ln());
        let part = stick * inv_logit(adjusted);
        *log_jacobian += stick.ln() - log1p_exp(-adjusted) - log1p_exp(adjusted);
        stick -= part;
        y.push(part);
    }
    y.push(stick);
    y
}

/// # Errors
/// As [`check`].
pub fn free(y: &[f64]) -> Result<Vec<f64>, Violation> {
    check(y)?;
    let n = y.len() - 1;
    let mut x = vec![0.0; n];
    let mut stick = y[n];
    for k in (0..n).rev() {
        stick += y[k];
        let z = y[k] / stick;
        x[k] = (z / (1.0 - z)).ln() + ((n - k) as f64).ln();
    }
    Ok(x)
}

/// # Errors
/// Empty, an element negative or NaN, or a sum other than 1.
pub fn check(y: &[f64]) -> Check {
    if y.is_empty() {
        return violated("expected a simplex of at least one element, found none".into());
    }
    let sum: f64 = y.iter().sum();
    if sum.is_nan() || (sum - 1.0).abs() > TOLERANCE {
        return violated(format!("expected a simplex: the sum is {sum}, not 1"));
    }
    match y.iter().position(|x| x.is_nan() || *x < 0.0) {
        None => Ok(()),
        Some(k) => violated(format!("expected a simplex: element {} is {}, below 0", k + 1, y[k])),
    }
}
