//! Identities of densities, one a file, each with its proof.

mod families;
mod unused_data;

use crate::form::Form;

/// How much two programs with the same canonical form have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The same log density up to a constant and the names.
    Density,
    /// The same distribution of the data: latent variables may be others.
    Law,
}

/// Applies the rules of a level, in order.
pub fn apply(form: &mut Form, level: Level) {
    families::apply(form);
    unused_data::apply(form);
    let _ = level;
}
