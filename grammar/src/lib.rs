//! Stan's language as text: tokens, grammar, syntax tree, diagnostics, formatter.

pub mod ast;
pub mod diagnostic;
pub mod span;
