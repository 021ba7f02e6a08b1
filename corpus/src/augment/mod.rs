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

impl std::fmt::Debug for Augmentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Relation {
    /// The relation of the second program to the first, as a sentence without an end.
    pub fn sentence(self) -> &'static str {
        match self {
            Relation::OtherConstant => "the density is the same but for one constant, by a factor of at most 2",
            Relation::Hierarchical => {
                "given that the new parameter has the value of the constant, it is the first program"
            }
            Relation::FewerRows => "the density is that of the first program without the factors of some rows",
            Relation::SameLaw => "the outcome has the same law",
            Relation::OtherFamily => "one density is of another family with the same support and centre",
            Relation::Mixture => "each row is of one of two programs, the first and a changed one",
            Relation::FunctionOfOutcome => "the outcome is a function of that of the first program",
            Relation::Conditioned => "the outcome is that of the first program, given that it lies within a limit",
            Relation::Component => "a parameter has the law of the outcome of the first program",
        }
    }
}

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

impl Input {
    /// `name`: what it means.
    pub fn sentence(&self) -> String {
        let Input { name, of, meaning } = self;
        match meaning {
            Meaning::Unit => format!("`{name}`: `{of}` is a multiple of it"),
            Meaning::LowerLimit => format!("`{name}`: no `{of}` is below it"),
            Meaning::UpperLimit => format!("`{name}`: no `{of}` is above it"),
            Meaning::Cuts(count) => {
                format!("`{name}`: {count} numbers in ascending order that part the classes of `{of}`")
            }
            Meaning::Column => format!("`{name}`: a number for each `{of}`, that nothing depends on"),
            Meaning::Group => format!("`{name}`: a group, 1 to 3, for each `{of}`, that nothing depends on"),
        }
    }
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

/// The same, to borrow from.
fn all() -> &'static [Augmentation] {
    static TABLE: [Augmentation; 11] = ALL;
    &TABLE
}

/// The augmentation of a name.
pub fn find(name: &str) -> Option<&'static Augmentation> {
    all().iter().find(|augmentation| augmentation.name == name)
}

/// A program after several changes: what each of them made, the first one first.
#[derive(Clone, Debug)]
pub struct Chained {
    /// There is one at least.
    pub stages: Vec<Stage>,
}

/// A program of a chain.
#[derive(Clone, Debug)]
pub struct Stage {
    pub change: &'static Augmentation,
    pub made: Augmented,
    /// The program, checked.
    pub typed: Program,
}

impl Chained {
    /// The last program; `None` of an empty chain.
    pub fn program(&self) -> Option<&ast::Program> {
        self.stages.last().map(|stage| &stage.made.program)
    }

    /// Names of the changes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.stages.iter().map(|stage| stage.change.name)
    }

    fn push(&mut self, change: &'static Augmentation, made: Augmented) -> Option<()> {
        let typed = ppl_program::check(&made.program).ok()?.program;
        self.stages.push(Stage { change, made, typed });
        Some(())
    }
}

/// A change that has no place in a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{change} does not apply{}: {about}", if *.place > 1 { format!(" as change {place}") } else { String::new() })]
pub struct NotApplied {
    pub change: &'static str,
    /// What it would do.
    pub about: &'static str,
    /// Place in the chain, from 1 on.
    pub place: usize,
}

/// Makes these changes, in this order.
///
/// # Errors
/// One does not apply to what those before it made.
pub fn chain(program: &Program, changes: &[&'static Augmentation], rng: &mut dyn Rng) -> Result<Chained, NotApplied> {
    let mut chained = Chained { stages: Vec::new() };
    for (place, change) in changes.iter().enumerate() {
        let current = chained.stages.last().map_or(program, |stage| &stage.typed);
        let made = change.apply(current, rng).and_then(|made| chained.push(change, made));
        made.ok_or(NotApplied { change: change.name, about: change.about, place: place + 1 })?;
    }
    Ok(chained)
}

/// Makes `count` changes, each chosen at random from those that apply; fewer where none does.
pub fn random_chain(program: &Program, count: usize, rng: &mut dyn Rng) -> Chained {
    random_chain_of(program, count, &|_| true, rng)
}

/// The same with some of the changes.
pub fn random_chain_of(
    program: &Program,
    count: usize,
    wanted: &dyn Fn(&Augmentation) -> bool,
    rng: &mut dyn Rng,
) -> Chained {
    let mut chained = Chained { stages: Vec::new() };
    for _ in 0..count {
        let mut order: Vec<&'static Augmentation> = all().iter().filter(|change| wanted(change)).collect();
        order.shuffle(rng);
        let current = chained.stages.last().map_or(program, |stage| &stage.typed);
        let next = order.into_iter().find_map(|change| Some((change, change.apply(current, rng)?)));
        if next.and_then(|(change, made)| chained.push(change, made)).is_none() {
            break;
        }
    }
    chained
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
