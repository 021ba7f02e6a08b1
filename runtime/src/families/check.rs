//! Domains of arguments, and the errors that say what left them.

/// An argument outside its domain, or sizes that do not fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct DomainError {
    pub message: String,
    /// The call is wrong for these data (sizes that do not fit, a form that does not exist) and stays wrong at every point: sampling
    /// stops, where a value outside its domain only rejects the point.
    pub fatal: bool,
}

impl DomainError {
    pub fn new(message: impl Into<String>) -> Self {
        DomainError { message: message.into(), fatal: false }
    }

    pub fn fatal(message: impl Into<String>) -> Self {
        DomainError { message: message.into(), fatal: true }
    }
}

/// What an argument must be. NaN is in none of these domains except [`Check::Nothing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Nothing,
    NotNan,
    Finite,
    Positive,
    PositiveFinite,
    NonNegative,
    NonNegativeFinite,
    /// In `[0, 1]`.
    Unit,
    /// In `(0, 1)`.
    OpenUnit,
    /// In `[-1, 1]`.
    MinusOneToOne,
    AtLeastOne,
}

impl Check {
    #[inline(always)]
    pub fn admits(self, x: f64) -> bool {
        match self {
            Check::Nothing => true,
            Check::NotNan => !x.is_nan(),
            Check::Finite => x.is_finite(),
            Check::Positive => x > 0.0,
            Check::PositiveFinite => x > 0.0 && x < f64::INFINITY,
            Check::NonNegative => x >= 0.0,
            Check::NonNegativeFinite => (0.0..f64::INFINITY).contains(&x),
            Check::Unit => (0.0..=1.0).contains(&x),
            Check::OpenUnit => x > 0.0 && x < 1.0,
            Check::MinusOneToOne => (-1.0..=1.0).contains(&x),
            Check::AtLeastOne => x >= 1.0,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Check::Nothing => "anything",
            Check::NotNan => "a number",
            Check::Finite => "finite",
            Check::Positive => "positive",
            Check::PositiveFinite => "positive and finite",
            Check::NonNegative => "nonnegative",
            Check::NonNegativeFinite => "nonnegative and finite",
            Check::Unit => "between 0 and 1",
            Check::OpenUnit => "strictly between 0 and 1",
            Check::MinusOneToOne => "between -1 and 1",
            Check::AtLeastOne => "at least 1",
        }
    }

    /// # Errors
    /// `family: name is x, but must be ...`; `index` counts from 1 and is 0 for an argument that is no container.
    pub fn test(self, family: &str, name: &str, index: usize, x: f64) -> Result<(), DomainError> {
        if self.admits(x) {
            return Ok(());
        }
        let place = if index > 0 { format!("{name}[{index}]") } else { name.to_string() };
        Err(DomainError::new(format!("{family}: {place} is {x}, but must be {}", self.describe())))
    }
}

/// An argument of a scalar family.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// What messages call it: `scale`.
    pub name: &'static str,
    pub check: Check,
}

/// Shorthand for tables of arguments.
pub(crate) const fn argument(name: &'static str, check: Check) -> Argument {
    Argument { name, check }
}
