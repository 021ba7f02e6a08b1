//! The catalogue: every function and every distribution, declared once. The checker, the list of signatures, the
//! derivatives and the documentation read it, so that nothing about a primitive is said twice.
//!
//! # Distributions
//!
//! A family is one [`Declaration`], which stands in the family's own file with its density (`families/<name>.rs`,
//! collected by `families::declarations()`).
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
//! Functions (in `functions.rs`) use more classes (`scalars`, `containers`, `real_kinds`, `any`, ...: see `notation.rs`) and
//! say how arguments go together: `T, T => T for T in vector or matrix` has the same type twice; `array{n} T` is `T` in `n`
//! arrays, the same `n` everywhere, 0 to 7 or as in `for n in 1..9`; `reals(T)` is `T` with reals for integers, `complex(T)`
//! with complex numbers for reals, `parts(T)` the reverse; `also complex` repeats an alternative with complex numbers
//! for reals; `broadcast X` is a scalar where no argument is a container; `@name` is a rule of `RULES`.
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

mod functions;
mod implemented;
mod notation;
mod types;

pub use implemented::{is_family_implemented, is_function_implemented};
pub use types::{ArgumentType, FunctionType, Type};

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, OnceLock};

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

/// One signature of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    pub arguments: Vec<ArgumentType>,
    pub result: Type,
}

impl Signature {
    /// The same with complex numbers for reals everywhere.
    fn reals_to_complex(&self) -> Signature {
        let arguments = self.arguments.iter();
        Signature {
            arguments: arguments
                .map(|argument| ArgumentType { data_only: argument.data_only, ty: argument.ty.reals_to_complex() })
                .collect(),
            result: self.result.reals_to_complex(),
        }
    }
}

/// `(real, vector) => vector`
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, argument) in self.arguments.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            if argument.data_only {
                f.write_str("data ")?;
            }
            write!(f, "{}", argument.ty)?;
        }
        write!(f, ") => {}", self.result)
    }
}

/// A function that takes a function and further arguments, which it passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variadic {
    pub name: &'static str,
    /// What the passed function takes before the further arguments.
    pub function_arguments: Vec<ArgumentType>,
    /// What it returns.
    pub function_result: Type,
    /// What follows the function before the further arguments.
    pub arguments: Vec<ArgumentType>,
    pub result: Type,
}

/// A form of a function name, as the table has it.
struct Entry {
    source: Source,
    signatures: OnceLock<Vec<Signature>>,
}

enum Source {
    Function(&'static str),
    Density(&'static Declaration),
    Generator(&'static Declaration),
}

struct Index {
    entries: HashMap<String, Entry>,
    families: Vec<&'static Declaration>,
    variadic: Vec<Variadic>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut entries = HashMap::new();
    let mut add = |name: String, source: Source| {
        entries.insert(name, Entry { source, signatures: OnceLock::new() });
    };
    for (names, text) in functions::FUNCTIONS {
        for name in names.split_whitespace() {
            add(name.to_string(), Source::Function(text));
        }
    }
    let mut all: Vec<&'static Declaration> = implemented::families().to_vec();
    all.sort_by_key(|family| family.name);
    for family in all.iter().copied() {
        let name = family.name;
        if !family.signature.is_empty() {
            add(format!("{name}{}", family.kind.suffix()), Source::Density(family));
            for (there, suffix) in
                [(family.cdf.has_cdf(), "_cdf"), (family.cdf.has_lcdf(), "_lcdf"), (family.cdf.has_lccdf(), "_lccdf")]
            {
                if there {
                    add(format!("{name}{suffix}"), Source::Density(family));
                }
            }
        }
        if !family.rng.is_empty() {
            add(format!("{name}_rng"), Source::Generator(family));
        }
    }
    let mut variadic = Vec::new();
    for (names, text) in functions::VARIADIC {
        variadic.extend(names.split_whitespace().filter_map(|name| notation::variadic(name, text).ok()));
    }
    Index { entries, families: all, variadic }
});

impl Kind {
    /// `_lpdf` or `_lpmf`.
    pub fn suffix(self) -> &'static str {
        match self {
            Kind::Continuous => "_lpdf",
            Kind::Discrete => "_lpmf",
        }
    }
}

fn expand(source: &Source) -> Result<Vec<Signature>, String> {
    match source {
        Source::Function(text) => notation::signatures(text),
        Source::Density(family) => {
            // `outcome | a, b` is `outcome, a, b => real`.
            let alternatives = family.signature.split(';').map(|alternative| {
                let (types, clause) = match alternative.split_once(" for ") {
                    Some((types, clause)) => (types, format!(" for {clause}")),
                    None => (alternative, String::new()),
                };
                let (outcome, arguments) = types.split_once('|').unwrap_or((types, ""));
                let comma = if arguments.trim().is_empty() { "" } else { "," };
                format!("{outcome}{comma}{arguments} => real{clause}")
            });
            notation::signatures(&alternatives.collect::<Vec<_>>().join(";"))
        }
        Source::Generator(family) => {
            let scalar = match family.kind {
                Kind::Continuous => "real",
                Kind::Discrete => "int",
            };
            let alternatives = family.rng.split(';').map(|alternative| {
                if alternative.contains("=>") {
                    alternative.to_string()
                } else {
                    format!("{alternative} => broadcast array[] {scalar}")
                }
            });
            notation::signatures(&alternatives.collect::<Vec<_>>().join(";"))
        }
    }
}

/// The signatures of a function under its full name (`normal_lpdf`, `log`); `None` where the catalogue has no such name.
/// The unnormalised forms (`_lupdf`, `_lupmf`) go by the names of the normalised ones.
pub fn signatures(name: &str) -> Option<&'static [Signature]> {
    let entry = INDEX.entries.get(name)?;
    Some(entry.signatures.get_or_init(|| expand(&entry.source).unwrap_or_default()))
}

/// Whether [`signatures`] knows the name.
pub fn is_function(name: &str) -> bool {
    INDEX.entries.contains_key(name)
}

/// All names that [`signatures`] knows, in no particular order.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    INDEX.entries.keys().map(String::as_str)
}

/// Every family, with and without implementation, by name.
pub fn all_families() -> &'static [&'static Declaration] {
    &INDEX.families
}

/// The family of that name (without suffix).
pub fn family(name: &str) -> Option<&'static Declaration> {
    let families = all_families();
    families.binary_search_by_key(&name, |family| family.name).ok().map(|i| families[i])
}

/// A function that passes its further arguments on (`ode_rk45`, `solve_newton`, ...).
pub fn variadic(name: &str) -> Option<&'static Variadic> {
    INDEX.variadic.iter().find(|function| function.name == name)
}

/// All functions that [`variadic`] knows.
pub fn variadics() -> &'static [Variadic] {
    &INDEX.variadic
}

#[cfg(test)]
mod tests;
