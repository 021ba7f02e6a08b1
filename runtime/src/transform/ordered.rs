//! y_1 < y_2 < ...: y_1 = x_1, y_k = y_{k-1} + exp(x_k).

use super::{Check, Violation, violated};
use crate::num::Num;

pub fn constrain<T: Num>(x: &[T], log_jacobian: &mut T) -> Vec<T> {
    let mut y = Vec::with_capacity(x.len());
    for (k, &xk) in x.iter().enumerate() {
        if k == 0 {
            y.push(xk);
        } else {
            *log_jacobian += xk;
            y.push(y[k - 1] + xk.exp());
        }
    }
    y
}

/// # Errors
/// As [`check`].
pub fn free(y: &[f64]) -> Result<Vec<f64>, Violation> {
    check(y)?;
    Ok((0..y.len()).map(|k| if k == 0 { y[0] } else { (y[k] - y[k - 1]).ln() }).collect())
}

/// # Errors
/// Not strictly increasing.
pub fn check(y: &[f64]) -> Check {
    if y.len() == 1 && y[0].is_nan() {
        return violated("expected increasing values, found NaN".into());
    }
    for k in 1..y.len() {
        if y[k].is_nan() || y[k - 1].is_nan() || y[k] <= y[k - 1] {
            return violated(format!(
                "expected increasing values: element {} is {}, element {} is {}",
                k,
                y[k - 1],
                k + 1,
                y[k]
            ));
        }
    }
    Ok(())
}
