//! Programs made from other programs, by changes whose meaning is known.
//!
//! ```text
//! typed::Program --- Augmentation::apply ---> Augmented: a program, what data it has besides, what was done
//! Derivation     --- Augmentation::derivation ---> Schema, Derivation, where the grammar has the change too
//! ```
//!
//! | file | change | relation of the second program to the first |
//! |---|---|---|
//! | [`perturb_constants`] | one constant of a density is another | [`Relation::OtherConstant`] |
//! | [`hyperparameter`] | the scale of a prior becomes a parameter | [`Relation::Hierarchical`] |
//! | [`drop_observations`] | the last rows are not observed | [`Relation::FewerRows`] |
//! | [`irrelevant_variable`] | a column, or a parameter, that nothing uses | [`Relation::SameLaw`] |
//! | [`swap_family`] | a family becomes its neighbour | [`Relation::OtherFamily`] |
//! | [`mix`] | each row is of one of two programs | [`Relation::Mixture`] |
//! | [`round`] | outcomes are rounded to multiples of a unit | [`Relation::FunctionOfOutcome`] |
//! | [`censor`] | outcomes above a limit are seen as the limit | [`Relation::FunctionOfOutcome`] |
//! | [`discretise`] | outcomes are seen as one of several classes | [`Relation::FunctionOfOutcome`] |
//! | [`truncate`] | outcomes beyond a limit are not in the data | [`Relation::Conditioned`] |
//! | [`nest`] | the outcome is latent, and is measured with noise | [`Relation::Component`] |
//!
//! [`chain`] makes several changes one after the other. What is given is a valid program, and can be simulated as well as the first:
//! one whose parameters are drawn one after the other stays so. A change that has no such program gives `None`. Generated quantities
//! are left out. A program that a change of no [`Augmentation::derivation`] makes is outside the grammar, as a rule.

pub mod censor;
pub mod discretise;
mod draft;
pub mod drop_observations;
pub mod hyperparameter;
pub mod irrelevant_variable;
pub mod mix;
pub mod nest;
mod observed;
pub mod perturb_constants;
pub mod round;
mod sites;
pub mod supply;
pub mod swap_family;
pub mod truncate;

use crate::derivation::Derivation;
use crate::grammar::Grammar;
use crate::schema::Schema;
pub use draft::verdict;
use ppl_grammar::ast;
use ppl_program::typed::Program;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// What is known of the second program, given the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same density but for one constant, which is at most twice and at least half of what it was.
    OtherConstant,
    /// There is one more parameter, which stands where a constant stood; given that it has the value of the constant, the second
    /// is the first. So the second is a mixture of programs that are the first with another constant.
    Hierarchical,
    /// The density of the second is that of the first without the factors of some rows.
    FewerRows,
    /// The outcome has the same law, and parameters of the first the same posterior.
    SameLaw,
    /// One density is of another family with the same support, and with the same centre: see [`swap_family`].
    OtherFamily,
    /// The density of a row is a mixture of those of two programs, the first and one that [`mix`] makes from it.
    Mixture,
    /// The outcome of the second is a function of that of the first, which is known from new data.
    FunctionOfOutcome,
    /// The outcome of the second has the law of that of the first given parameters and that it lies beyond a limit.
    Conditioned,
    /// A parameter of the second has the law of the first's outcome.
    Component,
}

/// Data that the second program has and the first has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub name: String,
    /// The outcome that it is about.
    pub of: String,
    pub meaning: Meaning,
}

/// What new data mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Outcomes are multiples of it: a number above 0.
    Unit,
    /// No outcome is below it, or none above: a number of the outcome's type within its support.
    LowerLimit,
    UpperLimit,
    /// So many numbers in ascending order, within the outcome's support, that part classes.
    Cuts(usize),
    /// A covariate that nothing depends on, one number a row.
    Column,
    /// The same, of whole numbers 1, 2, 3.
    Group,
}

/// What became of a program.
#[derive(Clone, Debug)]
pub struct Augmented {
    pub program: ast::Program,
    pub inputs: Vec<Input>,
    /// What was done, in words.
    pub what: String,
}

type Apply = fn(&Program, &mut dyn Rng) -> Option<Augmented>;
type OfDerivation = fn(&Grammar, &Schema, &Derivation, &mut dyn Rng) -> Option<(Schema, Derivation)>;

/// A way to change programs.
pub struct Augmentation {
    pub name: &'static str,
    /// What it does, as a sentence without an end.
    pub about: &'static str,
    pub relation: Relation,
    apply: Apply,
    /// The same change of a derivation, where it is one.
    pub derivation: Option<OfDerivation>,
}

impl Augmentation {
    /// A changed program, a function of the program and of `rng`; `None` where the change does not apply.
    pub fn apply(&self, program: &Program, rng: &mut dyn Rng) -> Option<Augmented> {
        (self.apply)(program, rng)
    }
}

/// All of them.
pub const ALL: [Augmentation; 11] = [
    perturb_constants::AUGMENTATION,
    hyperparameter::AUGMENTATION,
    drop_observations::AUGMENTATION,
    irrelevant_variable::AUGMENTATION,
    swap_family::AUGMENTATION,
    mix::AUGMENTATION,
    round::AUGMENTATION,
    truncate::AUGMENTATION,
    censor::AUGMENTATION,
    discretise::AUGMENTATION,
    nest::AUGMENTATION,
];

/// The augmentation of a name.
pub fn find(name: &str) -> Option<&'static Augmentation> {
    static TABLE: [Augmentation; 11] = ALL;
    TABLE.iter().find(|augmentation| augmentation.name == name)
}

/// A program after several changes.
#[derive(Clone, Debug)]
pub struct Chained {
    pub program: ast::Program,
    pub inputs: Vec<Input>,
    /// Names of the changes and what they did, first to last.
    pub steps: Vec<(&'static str, String)>,
}

/// Makes these changes, in this order.
///
/// # Errors
/// The name of the first that does not apply.
pub fn chain(
    program: &Program,
    changes: &[&'static Augmentation],
    rng: &mut dyn Rng,
) -> Result<Option<Chained>, &'static str> {
    let mut made: Option<Chained> = None;
    let mut current = program.clone();
    for change in changes {
        let next = change.apply(&current, rng).ok_or(change.name)?;
        current = ppl_program::check(&next.program).map_err(|_| change.name)?.program;
        let (mut inputs, mut steps) = made.map(|chained| (chained.inputs, chained.steps)).unwrap_or_default();
        inputs.extend(next.inputs);
        steps.push((change.name, next.what));
        made = Some(Chained { program: next.program, inputs, steps });
    }
    Ok(made)
}

/// Makes `count` changes, each chosen at random from those that apply; fewer where none does.
pub fn random_chain(program: &Program, count: usize, rng: &mut dyn Rng) -> Option<Chained> {
    let mut made: Option<Chained> = None;
    let mut current = program.clone();
    for _ in 0..count {
        let mut order: Vec<usize> = (0..ALL.len()).collect();
        order.shuffle(rng);
        let Some((name, next)) = order.into_iter().find_map(|k| Some((ALL[k].name, ALL[k].apply(&current, rng)?)))
        else {
            break;
        };
        current = ppl_program::check(&next.program).ok()?.program;
        let (mut inputs, mut steps) = made.map(|chained| (chained.inputs, chained.steps)).unwrap_or_default();
        inputs.extend(next.inputs);
        steps.push((name, next.what));
        made = Some(Chained { program: next.program, inputs, steps });
    }
    made
}

/// The first of several candidates, in random order, that comes to something.
fn first_of<T, R>(mut candidates: Vec<T>, rng: &mut dyn Rng, make: impl FnMut(&T) -> Option<R>) -> Option<R> {
    candidates.shuffle(rng);
    candidates.iter().find_map(make)
}

/// A number drawn from a range of whole numbers.
fn between(rng: &mut dyn Rng, range: std::ops::RangeInclusive<usize>) -> usize {
    rng.random_range(range)
}
