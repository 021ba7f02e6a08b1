//! Errors of a run: what happened, in which statement, in which user functions.

use ppl_grammar::span::Span;
use ppl_runtime::density::EvalError;
use ppl_runtime::functions::FunctionError;
use std::fmt;

/// What a sampler does about a [`RunError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The point has no density: the proposal is rejected and sampling goes on.
    Reject,
    /// The program is wrong for these data.
    Fatal,
    /// Fuel, memory, recursion.
    Limit,
}

/// Why a program did not run to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct RunError {
    pub kind: Kind,
    pub message: String,
    /// The innermost expression or statement that failed.
    pub span: Option<Span>,
    /// User functions that were being run, innermost first, and where they were called.
    pub calls: Vec<(String, Span)>,
}

pub type Result<T, E = Box<RunError>> = std::result::Result<T, E>;

impl RunError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Box<Self> {
        Box::new(RunError { kind, message: message.into(), span: None, calls: Vec::new() })
    }

    pub(crate) fn fatal(message: impl Into<String>) -> Box<Self> {
        RunError::new(Kind::Fatal, message)
    }

    pub(crate) fn reject(message: impl Into<String>) -> Box<Self> {
        RunError::new(Kind::Reject, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Box<Self> {
        RunError::new(Kind::Limit, message)
    }

    /// Names a call that the error passed on its way out. A function that calls itself at the same place is named once.
    pub(crate) fn called(&mut self, call: (String, Span)) {
        if self.calls.last() != Some(&call) {
            self.calls.push(call);
        }
    }

    /// Names the place, unless an inner one is named already.
    pub(crate) fn at(mut self: Box<Self>, span: Span) -> Box<Self> {
        self.span.get_or_insert(span);
        self
    }

    /// Puts text before the message: `x: ...`.
    pub(crate) fn within(mut self: Box<Self>, what: &str) -> Box<Self> {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (name, _) in &self.calls {
            write!(f, " (in function {name})")?;
        }
        Ok(())
    }
}

impl std::error::Error for RunError {}

impl From<Box<RunError>> for EvalError {
    fn from(error: Box<RunError>) -> Self {
        let message = error.to_string();
        match error.kind {
            Kind::Reject => EvalError::Reject(message),
            Kind::Fatal => EvalError::Fatal(message),
            Kind::Limit => EvalError::Limit(message),
        }
    }
}

impl From<FunctionError> for Box<RunError> {
    fn from(error: FunctionError) -> Self {
        let kind = if error.is_recoverable() { Kind::Reject } else { Kind::Fatal };
        RunError::new(kind, error.message)
    }
}

/// Adds the place to a result's error.
pub(crate) trait At<T> {
    fn at(self, span: Span) -> Result<T>;
}

impl<T, E: Into<Box<RunError>>> At<T> for Result<T, E> {
    fn at(self, span: Span) -> Result<T> {
        self.map_err(|e| e.into().at(span))
    }
}
