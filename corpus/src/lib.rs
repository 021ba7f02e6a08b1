//! Programs from a model grammar: a distribution over programs that can be sampled, enumerated and evaluated exactly.
//!
//! ```text
//! text --- ppl_grammar::models ---> notation --- Grammar::new ---> Grammar
//! Grammar, Schema --- sample, best_first ---> Derivation --- program ---> canonical program
//! ```
//!
//! A [`Schema`] says what a table has; a [`Derivation`] is a tree of choices that a [`Grammar`] allows for it, with an exact log
//! probability; [`Choices`] walks through the same choices one at a time.

pub mod augment;
pub mod choices;
pub mod derivation;
pub mod derive;
pub mod enumerate;
pub mod grammar;
pub mod pair;
pub mod schema;
pub mod store;
pub mod stream;
pub mod text;
pub mod words;

pub use choices::{Action, Choices};
pub use derivation::{Derivation, Node, Part};
pub use derive::{Deriver, Outside, derive, derive_structure, is_regression};
pub use enumerate::best_first;
pub use grammar::{Grammar, GrammarError};
pub use schema::{Column, ColumnKind, Outcome, Schema};
pub use text::program;
pub use words::in_words;
