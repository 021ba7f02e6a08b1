//! Rewrites of programs that keep their density: one family a file.

mod algebra;
mod blocks;
mod constraints;
mod containers;
mod dead;
mod densities;
mod functions;
mod glm;
mod loops;
mod names;
mod order;
mod spelling;
mod temporaries;

use crate::dice::Dice;
use ppl_grammar::ast::Program;

/// Changes a program somewhere at random; false where it has no place for this.
pub type Rewrite = fn(&mut Program, &mut Dice) -> bool;

/// The families, by name.
pub const FAMILIES: [(&str, Rewrite); 19] = [
    ("rename variables", names::rename),
    ("reorder statements", order::statements),
    ("reorder declarations", order::declarations),
    ("vectors to loops", loops::unroll),
    ("loops to vectors", loops::vectorise),
    ("fuse loops", loops::fuse),
    ("commute", algebra::commute),
    ("associate", algebra::associate),
    ("temporaries", temporaries::introduce),
    ("spell functions", spelling::functions),
    ("spell families", densities::families),
    ("tilde and target", densities::increments),
    ("regressions in one function", glm::compose),
    ("number formats", spelling::numbers),
    ("dead code", dead::add),
    ("redundant constraints", constraints::add),
    ("containers", containers::exchange),
    ("user functions", functions::extract),
    ("nested blocks", blocks::nest),
];
