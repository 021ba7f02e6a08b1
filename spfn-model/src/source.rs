//! Where examples come from: pairs drawn as they are needed, or a corpus.

use crate::actions::Vocabulary;
use crate::config::{Config, Size};
use crate::example::Example;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{Fault, PairOptions, pair};
use ppl_corpus::stream::Ordered;
use ppl_corpus::{Derivation, Grammar};
use std::sync::Arc;

/// Why there are no more examples.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("a fault of the grammar: {0}")]
    Grammar(#[from] Fault),
    #[error("{0}")]
    Corpus(String),
}

/// Examples of pairs from some number on, made by threads, in order: a function of configuration and number.
pub struct Source {
    ordered: Ordered<Result<Vec<Example>, Fault>>,
    /// Pairs of a step.
    pairs: usize,
}

/// Pairs of validation have other seeds than those of training.
const VALIDATION: u64 = 0x5eed_0f0a_11da_7a00;

impl Source {
    /// The examples of steps `step`, `step + 1`, ...; `workers` threads make them, one for each core where that is 0.
    pub fn training(config: &Config, grammar: &Arc<Grammar>, step: usize, workers: usize) -> Source {
        let pairs = config.training.batch.div_ceil(config.data.examples);
        Source::new(config, grammar, config.data.seed, (step * pairs) as u64, pairs, workers)
    }

    /// Other examples than any of training.
    pub fn validation(config: &Config, grammar: &Arc<Grammar>, workers: usize) -> Source {
        let pairs = config.training.batch.div_ceil(config.data.examples);
        Source::new(config, grammar, config.data.seed ^ VALIDATION, 0, pairs, workers)
    }

    fn new(config: &Config, grammar: &Arc<Grammar>, seed: u64, first: u64, pairs: usize, workers: usize) -> Source {
        let grammar = Arc::clone(grammar);
        let (size, data) = (config.network.clone(), config.data.clone());
        let options = data.pairs(size.columns);
        let vocabulary = Vocabulary::new(&grammar);
        let make = move |number| examples(&grammar, &vocabulary, &size, &options, data.tables, seed, number);
        Source { ordered: Ordered::new(first..u64::MAX, workers, make), pairs }
    }

    /// The examples of the next step. How many there are depends on how many tables were kept.
    ///
    /// # Errors
    /// A fault of the grammar.
    pub fn step(&mut self) -> Result<Vec<Example>, SourceError> {
        let mut all = Vec::new();
        for made in self.ordered.by_ref().take(self.pairs) {
            all.extend(made?);
        }
        Ok(all)
    }
}

/// The examples of a pair: its tables are dealt out, up to `most` an example.
fn examples(
    grammar: &Grammar,
    vocabulary: &Vocabulary,
    size: &Size,
    options: &PairOptions,
    most: usize,
    seed: u64,
    number: u64,
) -> Result<Vec<Example>, Fault> {
    let pair = pair(grammar, options, seed, number)?;
    let mut examples = Vec::new();
    for first in (0..options.tables).step_by(most) {
        // one in `most` pairs has one table, and so on: which does not depend on what was kept
        let count = 1 + ((number + (first / most) as u64) % most as u64) as usize;
        let own = pair.samples.iter().filter(|s| (first..first + count).contains(&s.number));
        let tables: Vec<&Table> = own.map(|sample| &sample.table).collect();
        examples.extend(example(grammar, vocabulary, size, &tables, &pair.derivation));
    }
    Ok(examples)
}

/// `None` where there is no table, or the network cannot read it.
fn example(
    grammar: &Grammar,
    vocabulary: &Vocabulary,
    size: &Size,
    tables: &[&Table],
    derivation: &Derivation,
) -> Option<Example> {
    Example::of(grammar, vocabulary, size, tables, derivation).ok().flatten()
}
