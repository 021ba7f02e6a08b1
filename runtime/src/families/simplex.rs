//! Checks shared by the families of categories.

use super::DomainError;
use crate::num::Num;

/// # Errors
/// An entry is negative, or the sum differs from 1 by more than 1e-8.
pub(super) fn check_simplex<T: Num>(family: &str, name: &str, x: &[T]) -> Result<(), DomainError> {
    if x.is_empty() {
        return Err(DomainError::new(format!("{family}: {name} has no elements")));
    }
    let mut total = 0.0;
    for (i, v) in x.iter().enumerate() {
        let v = v.value();
        if v < 0.0 || v.is_nan() {
            return Err(DomainError::new(format!(
                "{family}: {name}[{}] is {v}, but an entry of a simplex must be nonnegative",
                i + 1
            )));
        }
        total += v;
    }
    if (total - 1.0).abs() > 1e-8 {
        return Err(DomainError::new(format!("{family}: the sum of {name} is {total}, but must be 1")));
    }
    Ok(())
}

/// # Errors
/// A category outside `1..=n`.
pub(super) fn check_category(family: &str, y: i64, n: usize) -> Result<(), DomainError> {
    if y >= 1 && y as u64 <= n as u64 {
        Ok(())
    } else {
        Err(DomainError::new(format!("{family}: outcome is {y}, but must be between 1 and {n}")))
    }
}
