//! What canonical forms must equate, and what they must not.
//!
//! [`programs`] makes random regressions, [`rewrites`] changes them in ways that keep the density, and [`density`] compares densities. The
//! tests claim that rewritten programs have the canonical text of the original, letter by letter.
//!
//! [`latent`] changes latent variables only, which keeps the law of the data: [`marginal`] compares it by quadrature, and [`samples`] by
//! simulating the programs of [`cases`] before and after, whose [`statistics`] are compared by [`two_sample`] tests. Both find the
//! [`mistakes`].

pub mod cases;
pub mod density;
pub mod dice;
pub mod latent;
pub mod marginal;
pub mod mistakes;
pub mod mutations;
pub mod places;
pub mod programs;
pub mod rewrites;
pub mod samples;
pub mod statistics;
pub mod syntax;
pub mod two_sample;
pub mod types;

use dice::Dice;
use ppl_canonical::{Canonical, Level, Options, canonicalise};
use ppl_grammar::ast;
use ppl_program::typed::Program;

/// The number that an environment variable sets, or another.
pub fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The checked program of a text.
///
/// # Errors
/// What is wrong with it.
pub fn checked(text: &str) -> Result<Program, String> {
    let program = syntax::parse(text);
    let checked = ppl_program::check(&program)
        .map_err(|all| all.iter().filter(|d| d.is_error()).map(|d| d.message.clone()).collect::<Vec<_>>().join("; "));
    Ok(checked?.program)
}

/// The canonical form of a text.
///
/// # Errors
/// It is no program, or has no form.
pub fn canonical(text: &str, level: Level) -> Result<Canonical, String> {
    let program = checked(text)?;
    canonicalise(&program, Options { level, data_names: false }).map_err(|error| error.to_string())
}

/// The canonical text in which data keep their names: models of other columns are other models.
///
/// # Errors
/// As [`canonical`].
pub fn canonical_of_columns(text: &str) -> Result<String, String> {
    let options = Options { level: Level::Density, data_names: true };
    canonicalise(&checked(text)?, options).map(|form| form.text).map_err(|error| error.to_string())
}

/// A random program in a random style: rewritten, half of the time, so that originals are loops and vectors, flat and nested.
pub fn original(dice: &mut Dice) -> (ast::Program, ppl_runtime::data::RawData) {
    let case = programs::case(dice);
    let mut program = syntax::parse(&case.text);
    for name in ["vectors to loops", "tilde and target", "temporaries"] {
        if dice.chance(0.4) {
            apply(name, &mut program, dice);
        }
    }
    (program, case.data)
}

/// Applies a family of rewrites; false where it has no place.
///
/// # Panics
/// There is no such family.
pub fn apply(name: &str, program: &mut ast::Program, dice: &mut Dice) -> bool {
    let (_, rewrite) = rewrites::FAMILIES.iter().find(|(own, _)| *own == name).expect("a family of rewrites");
    rewrite(program, dice)
}
