//! Pairs of programs and tables, drawn honestly: schema and columns first, then the program, then the outcome.
//!
//! ```text
//! seed, number --- Schema::random, Design::random ---> schema, columns
//!              --- Language::sample, program ---> derivation, canonical program
//!              --- Forward ---> outcome, latent variables
//!              --- filter::accept ---> Pair
//! ```
//!
//! So the posterior of programs given kept tables is proportional to P(program | schema) p(outcome | columns, program).

pub mod design;
pub mod filter;
pub mod forward;
pub mod raw;
pub mod table;
pub mod units;

use crate::choices::Language;
use crate::derivation::{Derivation, LogProbability, Node, Part};
use crate::grammar::Grammar;
use crate::schema::Schema;
use design::{Design, DesignOptions};
use filter::{Rejection, accept};
use forward::{Drawn, Forward};
use ppl_canonical::Canonical;
use ppl_runtime::density::Stream;
use ppl_runtime::value::Value;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use table::Table;

/// How pairs are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct PairOptions {
    pub design: DesignOptions,
    /// Tables of each program, each with columns of its own.
    pub tables: usize,
    /// Instead of a random one.
    pub schema: Option<Schema>,
}

impl Default for PairOptions {
    fn default() -> Self {
        PairOptions { design: DesignOptions::default(), tables: 1, schema: None }
    }
}

/// A table with what made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which of the tables of its program it is, kept or not.
    pub number: usize,
    pub table: Table,
    pub design: Design,
    /// True values of the parameters.
    pub latents: Vec<(String, Value<f64>)>,
}

/// A program with tables that it describes.
#[derive(Clone, Debug)]
pub struct Pair {
    pub number: u64,
    pub schema: Schema,
    pub derivation: Derivation,
    pub log_probability: LogProbability,
    pub canonical: Canonical,
    /// Those that were kept.
    pub samples: Vec<Sample>,
    /// Why the others were not.
    pub rejected: Vec<Rejection>,
}

/// Why a pair could not be made: a fault of the grammar.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    #[error("the grammar has no program for a {0} outcome")]
    NoProgram(&'static str),
    #[error("a derivation has no valid program: {0}")]
    Program(String),
    #[error("{message}\n{text}")]
    NoSimulator { message: String, text: String },
}

/// Pair number `number`: a function of `(grammar, options, seed, number)`.
///
/// # Errors
/// A fault of the grammar.
pub fn pair(grammar: &Grammar, options: &PairOptions, seed: u64, number: u64) -> Result<Pair, Fault> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let schema = match &options.schema {
        Some(schema) => schema.clone(),
        None => loop {
            let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
            if schema.columns.len() <= options.design.columns {
                break schema;
            }
        },
    };
    let language = Language::new(grammar, &schema).ok_or(Fault::NoProgram(schema.outcome.word()))?;
    let derivation = language.sample(&mut rng);
    let log_probability =
        derivation.log_probability(&language).unwrap_or(LogProbability { structure: f64::NAN, grades: f64::NAN });
    let canonical = crate::text::program(grammar, &schema, &derivation).map_err(Fault::Program)?;
    let fault = |message: String| Fault::NoSimulator { message, text: canonical.text.clone() };
    let forward = Forward::new(&canonical.typed).map_err(|error| fault(error.0))?;
    let (mut samples, mut rejected) = (Vec::new(), Vec::new());
    for table in 0..options.tables {
        let design = Design::random(&schema, &options.design, &mut rng);
        // tables of a pair have chains of their own
        let stream = Stream { seed, chain: table as u64, draw: number };
        let made = forward.draw(&schema, &design, stream).map_err(|_| Rejection::NotFinite);
        let made = made.and_then(|drawn| {
            let sample = sample(table, &schema, design, drawn);
            accept(&sample.table).map(|()| sample)
        });
        match made {
            Ok(sample) => samples.push(sample),
            Err(rejection) => rejected.push(rejection),
        }
    }
    Ok(Pair { number, schema, derivation, log_probability, canonical, samples, rejected })
}

/// The table as it is seen: some cells are missing.
pub(crate) fn sample(number: usize, schema: &Schema, design: Design, drawn: Drawn) -> Sample {
    let mut table = Table {
        schema: schema.clone(),
        outcome: drawn.outcome,
        columns: design.columns.clone(),
        levels: design.levels.clone(),
        categories: design.categories,
    };
    for &(column, row) in &design.missing {
        match column {
            Some(column) => table.columns[column].remove(row),
            None => table.outcome.remove(row),
        }
    }
    Sample { number, table, design, latents: drawn.latents }
}

/// The rules of a derivation, each once.
pub fn rules_of(node: &Node, out: &mut Vec<usize>) {
    if !out.contains(&node.rule) {
        out.push(node.rule);
    }
    for part in &node.parts {
        match part {
            Part::Node(inner) => rules_of(inner, out),
            Part::Set(nodes) => nodes.iter().for_each(|inner| rules_of(inner, out)),
            Part::Grade(_) => {}
        }
    }
}
