//! From the syntax tree to the typed program: names, types, levels, signatures.
//!
//! [`check`] reads what `ppl-grammar` parsed and gives a [`typed::Program`], or what is wrong with it. The signatures of
//! the library come from the catalogue in `ppl-runtime`.

mod check;
pub mod typed;
mod visit;

pub use check::{Checked, check, with_room};
