//! Stan's language as text: tokens, grammar, syntax tree, diagnostics, formatter.
//!
//! [`source::SourceMap`] holds the text of a program and of the files it includes, [`parse::parse`] makes the tree
//! ([`ast::Program`]) and a list of [`diagnostic::Diagnostic`]s, [`render`] shows these, and [`format`] writes trees back
//! as text.

mod actions;
pub mod ast;
pub mod diagnostic;
mod doc;
pub mod format;
pub mod lexer;
pub mod models;
mod nesting;
pub mod old;
pub mod parse;
mod recover;
pub mod render;
pub mod source;
pub mod span;
mod unexpected;
pub mod walk;
mod words;

#[allow(clippy::all, unused, missing_docs)]
mod stan {
    include!(concat!(env!("OUT_DIR"), "/stan.rs"));
}
