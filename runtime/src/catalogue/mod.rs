//! The catalogue: every function and every distribution, declared once. The checker, the list of signatures, the
//! derivatives and the documentation read it, so that nothing about a primitive is said twice.
//!
//! # Distributions
//!
//! A family is one [`Declaration`]. Families with an implementation declare themselves in their own file
//! (`families/<name>.rs`, collected by `families::declarations()`); the rest of Stan's families stand in
//! `catalogue/families.rs`, so that programs that use them are checked, and refused by name when compiled.
//!
//! # Notation of signatures
//!
//! A signature is a list of alternatives separated by `;`, each a list of arguments separated by `,`.
//! An argument is a type as Stan spells it (`int`, `real`, `vector`, `row_vector`, `matrix`, `complex`, ...,
//! `array[] int`, `array[,] real`), or the name of a class of types, or several of these joined by `or`;
//! `data` before it forbids dependence on parameters. Every combination of choices is one signature.
//!
//! | class | types |
//! |---|---|
//! | `ints` | `int`, `array[] int` |
//! | `reals` | `real`, `array[] real`, `vector`, `row_vector` |
//! | `numbers` | `reals` and `ints` |
//! | `vectors` | `vector`, `row_vector`, `array[] vector`, `array[] row_vector` |
//!
//! In [`Declaration::signature`] the outcome stands left of `|`: `"reals | reals, reals"` is the normal density,
//! `"ints | matrix, real or vector, vector; array[] int | row_vector, real or vector, vector"` a GLM.
//! A family with several alternatives repeats outcome and `|` in each.
//!
//! In [`Declaration::rng`] the result stands right of `=>`: `"real, matrix => matrix"`. Without `=>` the result is one
//! number (an `int` for a discrete family, a `real` for a continuous one), or an array of them where an argument is a
//! container. Write `numbers` where a container of integers will do for a container of reals, which is the rule for
//! generators: `"numbers, numbers"` is `normal_rng`. Classes may stand right of `=>` too: `vectors` is `vector` for a
//! `vector` or `row_vector` argument and `array[] vector` for an array of them, as in `"vectors, matrix => vectors"`. No arguments are
//! written `()`.

mod types;

pub use types::{ArgumentType, FunctionType, Type};

/// A family of distributions: what the language knows about it, in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Without suffix: `normal`.
    pub name: &'static str,
    pub kind: Kind,
    /// Outcome `|` arguments of the density, in the notation of [this module](self). Empty where there is no density.
    pub signature: &'static str,
    /// Arguments and result of `_rng`; empty where there is none.
    pub rng: &'static str,
    /// Which distribution functions exist; they have the arguments of the density.
    pub cdf: Cumulative,
    /// One sentence: what it is a distribution of, in which parametrisation.
    pub summary: &'static str,
    /// Where the formulas come from.
    pub citation: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Has a density: `_lpdf`, `_lupdf`.
    Continuous,
    /// Has a mass function: `_lpmf`, `_lupmf`.
    Discrete,
}

/// Which of `_cdf`, `_lcdf`, `_lccdf` a family has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cumulative {
    None,
    /// `_cdf`, `_lcdf`, `_lccdf`
    All,
    /// `_cdf` alone, as Stan has it for `loglogistic`.
    CdfOnly,
    /// `_lcdf` and `_lccdf`, as Stan has it for `beta_proportion`.
    LogOnly,
}

impl Cumulative {
    pub fn has_cdf(self) -> bool {
        matches!(self, Cumulative::All | Cumulative::CdfOnly)
    }

    pub fn has_lcdf(self) -> bool {
        matches!(self, Cumulative::All | Cumulative::LogOnly)
    }

    pub fn has_lccdf(self) -> bool {
        matches!(self, Cumulative::All | Cumulative::LogOnly)
    }
}
