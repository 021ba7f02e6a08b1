//! From the syntax tree to the typed program: names, types, levels, signatures.

pub mod typed;
