//! What a function says when it cannot give a value.

use std::fmt;

/// The kind of a [`FunctionError`], which decides what a sampler does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument left the function's domain (a matrix is not positive definite, an integer was divided by zero):
    /// the point has no density and the sampler rejects it.
    Domain,
    /// A position outside a container: the program is wrong for these data.
    Index,
    /// Sizes that do not fit together: the program is wrong for these data.
    Size,
    /// A 32-bit integer overflowed: the program is wrong for these data.
    Overflow,
    /// No such function, or none for arguments of these types.
    Unsupported,
}

/// Why a library function or operator has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    pub kind: ErrorKind,
    /// Begins with the function's name: `add: sizes 3 and 4 differ`.
    pub message: String,
}

/// The result of a function.
pub type Result<T, E = FunctionError> = std::result::Result<T, E>;

impl FunctionError {
    /// An error of `kind` in the function `name`.
    pub fn new(kind: ErrorKind, name: &str, message: impl fmt::Display) -> Self {
        FunctionError { kind, message: format!("{name}: {message}") }
    }

    /// An argument outside the domain.
    pub fn domain(name: &str, message: impl fmt::Display) -> Self {
        FunctionError::new(ErrorKind::Domain, name, message)
    }

    /// A position out of range.
    pub fn index(name: &str, message: impl fmt::Display) -> Self {
        FunctionError::new(ErrorKind::Index, name, message)
    }

    /// Sizes that do not fit.
    pub fn size(name: &str, message: impl fmt::Display) -> Self {
        FunctionError::new(ErrorKind::Size, name, message)
    }

    /// Integer overflow.
    pub fn overflow(name: &str, message: impl fmt::Display) -> Self {
        FunctionError::new(ErrorKind::Overflow, name, message)
    }

    /// Arguments of types that the function does not take.
    pub fn unsupported(name: &str, message: impl fmt::Display) -> Self {
        FunctionError::new(ErrorKind::Unsupported, name, message)
    }

    /// Whether a sampler may treat the point as having density zero.
    pub fn is_recoverable(&self) -> bool {
        self.kind == ErrorKind::Domain
    }
}
