//! What can go wrong.

use std::path::PathBuf;

/// Why there is no exact posterior, or no evidence.
#[derive(Debug, thiserror::Error)]
pub enum ExactError {
    #[error(
        "the evidence of rule `{rule}` cannot be computed, its body is none of those of `exact.grammar`: write it as one of them, or leave \
         the rule out\n{body}"
    )]
    Unsupported { rule: String, body: String },
    #[error("the evidence of a program cannot be computed: {0}")]
    Combination(String),
    #[error("rule `{rule}`: `{text}` is no constant: numbers, scales of priors, `N`, `+ - * /` and `sqrt` are")]
    Constant { rule: String, text: String },
    #[error("the grammar has no program for {0} outcomes")]
    NoProgram(&'static str),
    #[error(
        "the grammar has more than {0} programs for this table: a table with fewer columns has fewer, and so has a grammar with one scale a role"
    )]
    TooMany(usize),
    #[error("column `{0}` has missing cells: the posterior is exact for complete tables only")]
    Missing(String),
    #[error("the table does not fit: {0}")]
    Table(String),
    #[error(
        "program `{program}`: the Monte-Carlo error of the log evidence is still {error:.3} after {points} points: raise the limit of points or \
         the tolerance"
    )]
    NotConverged { program: String, error: f64, points: usize },
    #[error("program `{program}`: {message}")]
    Numerical { program: String, message: String },
    #[error("{path}: {message}")]
    Cache { path: PathBuf, message: String },
}
