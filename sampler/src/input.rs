//! What is wrong with the numbers a function was given.

/// Input that a computation on draws cannot use.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InputError {
    /// Sizes that do not fit together.
    #[error("{what}: expected {expected}, found {found}")]
    Size { what: &'static str, expected: usize, found: usize },
    /// Less than what the computation needs.
    #[error("{what}: {found} given, at least {needed} needed")]
    TooFew { what: &'static str, needed: usize, found: usize },
    /// A value that has no place here: NaN, or an infinity of the wrong sign.
    #[error("{what}: {value} at position {index} (counted from 0)")]
    Value { what: &'static str, index: usize, value: f64 },
    /// A unit (observation) has such a value in a draw.
    #[error("the log-likelihood of unit {unit} is {value} in draw {draw} (both counted from 0)")]
    LogLikelihood { unit: usize, draw: usize, value: f64 },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// Checks a size.
pub(crate) fn expect_size(what: &'static str, expected: usize, found: usize) -> Result<(), InputError> {
    if expected == found { Ok(()) } else { Err(InputError::Size { what, expected, found }) }
}

/// Checks that there are enough.
pub(crate) fn expect_at_least(what: &'static str, needed: usize, found: usize) -> Result<(), InputError> {
    if found >= needed { Ok(()) } else { Err(InputError::TooFew { what, needed, found }) }
}

/// Checks that every value is accepted by `ok`.
pub(crate) fn expect_values(what: &'static str, values: &[f64], ok: impl Fn(f64) -> bool) -> Result<(), InputError> {
    match values.iter().position(|v| !ok(*v)) {
        None => Ok(()),
        Some(index) => Err(InputError::Value { what, index, value: values[index] }),
    }
}
