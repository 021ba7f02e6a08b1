//! Identities of densities, one a file, each with its proof.

mod data_constraints;
mod determined;
mod families;
mod latent;
mod latent_location;
mod latent_scale;
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

/// Applies the rules of a level, in order. Each ends: it removes what it looks for. Scales alone come twice: a location may have been what kept a latent
/// variable from its scale.
pub fn apply(form: &mut Form, level: Level) {
    if level == Level::Law {
        determined::apply(form);
    }
    families::apply(form);
    if level == Level::Law {
        latent_scale::apply(form);
        latent_location::apply(form);
        latent_scale::apply(form);
    }
    data_constraints::apply(form);
    unused_data::apply(form);
}
