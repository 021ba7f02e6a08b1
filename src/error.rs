//! What can be wrong with programs and data.

use ppl_grammar::diagnostic::Diagnostic;
use ppl_grammar::render::{Record, plain, record, render, render_all};
use ppl_grammar::source::{SourceError, SourceMap};
use ppl_grammar::span::Span;
use ppl_interpreter::{Kind, Problem, RunError};
use ppl_runtime::density::EvalError;
use std::fmt;
use std::sync::Arc;

/// Errors and warnings of a program, with the text they are about. [`Display`](fmt::Display) writes one line each.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    source: Arc<SourceMap>,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(source: Arc<SourceMap>, list: Vec<Diagnostic>) -> Self {
        Diagnostics { source, list }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// With files, lines and columns looked up; serialisable.
    pub fn records(&self) -> Vec<Record> {
        self.list.iter().map(|d| record(&self.source, d)).collect()
    }

    /// For people: the lines of the program with what is wrong underlined, and how many problems there are.
    pub fn render(&self, colour: bool) -> String {
        render_all(&self.source, &self.list, colour)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.list.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&plain(&self.source, diagnostic))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// A program that could not be loaded from a file.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read, is too large, or is not UTF-8.
    Source(SourceError),
    Program(Diagnostics),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Source(error) => error.fmt(f),
            LoadError::Program(diagnostics) => diagnostics.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

/// Where in a program; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl Location {
    pub(crate) fn of(source: &SourceMap, span: Span) -> Location {
        let start = source.start(span);
        Location { file: source.file(span.file).name.clone(), line: start.line, column: start.column }
    }
}

/// `model.stan:3:5`
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A statement that failed at run time. [`Display`](fmt::Display) writes place and message on one line.
#[derive(Clone, Debug)]
pub struct Failure {
    pub error: EvalError,
    /// Of the innermost expression that failed, where it is known.
    pub location: Option<Location>,
    source: Arc<SourceMap>,
    diagnostic: Option<Diagnostic>,
}

impl Failure {
    pub(crate) fn new(source: &Arc<SourceMap>, error: &RunError) -> Self {
        let code = match error.kind {
            Kind::Reject => "E0701",
            Kind::Fatal => "E0702",
            Kind::Limit => "E0703",
        };
        let diagnostic = error.span.map(|span| {
            let called = |(name, at): &(String, Span)| (*at, format!("in `{name}`, called here"));
            let labels = error.calls.iter().map(called).collect();
            Diagnostic { labels, ..Diagnostic::error(code, span, error.message.clone()) }
        });
        let location = error.span.map(|span| Location::of(source, span));
        let message = error.to_string();
        let error = match error.kind {
            Kind::Reject => EvalError::Reject(message),
            Kind::Fatal => EvalError::Fatal(message),
            Kind::Limit => EvalError::Limit(message),
        };
        Failure { error, location, source: Arc::clone(source), diagnostic }
    }

    /// For people: the statement underlined.
    pub fn render(&self, colour: bool) -> String {
        match &self.diagnostic {
            Some(diagnostic) => render(&self.source, diagnostic, colour),
            None => format!("error: {}\n", self.error),
        }
    }

    /// The kind of error, its message led by the place.
    pub(crate) fn into_eval_error(self) -> EvalError {
        let message = self.to_string();
        match self.error {
            EvalError::Reject(_) => EvalError::Reject(message),
            EvalError::Fatal(_) => EvalError::Fatal(message),
            EvalError::Limit(_) => EvalError::Limit(message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        self.error.fmt(f)
    }
}

impl std::error::Error for Failure {}

/// Why data do not fit a program.
#[derive(Clone, Debug)]
pub enum BindError {
    /// Everything that is wrong with the data, each with the path of the value (`y[3,2]`).
    Data(Vec<Problem>),
    /// Sizes, bounds or transformed data could not be evaluated.
    Program(Box<Failure>),
    /// The program needs something that has no implementation yet; the message names it.
    Unsupported(String),
}

impl BindError {
    pub(crate) fn new(source: &Arc<SourceMap>, error: ppl_interpreter::BindError) -> Self {
        match error {
            ppl_interpreter::BindError::Data(problems) => BindError::Data(problems),
            ppl_interpreter::BindError::Run(error) => BindError::Program(Box::new(Failure::new(source, &error))),
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindError::Data(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    if i > 0 {
                        f.write_str("\n")?;
                    }
                    write!(f, "{}: {}", problem.path, problem.message)?;
                }
                Ok(())
            }
            BindError::Program(failure) => failure.fmt(f),
            BindError::Unsupported(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for BindError {}
