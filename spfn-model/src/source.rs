//! Where examples come from: pairs drawn as they are needed, or a corpus.

use crate::actions::Vocabulary;
use crate::config::Config;
use crate::example::Example;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{Fault, Pair, pair};
use ppl_corpus::store::{Corpus, Record, Selection, Split};
use ppl_corpus::stream::Ordered;
use ppl_corpus::{Derivation, Grammar};
use ppl_exact::{Exact, ExactError, Settings};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Why there are no more examples.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("a fault of the grammar: {0}")]
    Grammar(#[from] Fault),
    #[error("the exact posterior: {0}")]
    Exact(#[from] ExactError),
    #[error("{0}")]
    Corpus(String),
}

/// Examples step by step: a function of configuration and step.
pub enum Source {
    /// Of pairs that threads draw.
    Drawn {
        ordered: Ordered<Result<Vec<Example>, SourceError>>,
        /// Pairs of a step.
        pairs: usize,
    },
    /// Of a corpus that a thread reads.
    Read {
        examples: Receiver<Result<Example, SourceError>>,
        /// Examples of a step.
        batch: usize,
    },
}

/// Pairs of validation have other seeds than those of training.
const VALIDATION: u64 = 0x5eed_0f0a_11da_7a00;
/// How precise evidences of targets are: what is left is noise of the gradient, far less than that of a program drawn.
const TARGET: Settings = Settings { tolerance: 0.1, points: 1 << 15, ..Settings::DEFAULT };
/// So many examples are read before they are wanted.
const AHEAD: usize = 1024;

impl Source {
    /// The examples of steps `step`, `step + 1`, ...; `workers` threads draw pairs, one for each core where that is 0. A corpus is read again and
    /// again; its curriculum follows the share of the training's steps.
    ///
    /// # Errors
    /// The corpus or its selection cannot be read, or the corpus has another grammar.
    pub fn training(
        config: &Config,
        grammar: &Arc<Grammar>,
        step: usize,
        workers: usize,
    ) -> Result<Source, SourceError> {
        match &config.data.corpus {
            None => Source::drawn(config, grammar, config.data.seed, step, workers),
            Some(folder) => Source::read(config, grammar, folder, step),
        }
    }

    /// Other examples than any that are drawn for training, of what is trained on in the end.
    ///
    /// # Errors
    /// A selection that does not fit the grammar.
    pub fn validation(config: &Config, grammar: &Arc<Grammar>, workers: usize) -> Result<Source, SourceError> {
        // judged by programs that made tables, whatever was trained on
        let mut config = config.clone();
        config.training.posterior = 0.0;
        config.data.selection = config.data.selection.map(Selection::whole);
        Source::drawn(&config, grammar, config.data.seed ^ VALIDATION, 0, workers)
    }

    fn drawn(
        config: &Config,
        grammar: &Arc<Grammar>,
        seed: u64,
        step: usize,
        workers: usize,
    ) -> Result<Source, SourceError> {
        let grammar = Arc::clone(grammar);
        let (config, columns, data) = (config.clone(), config.network.columns, config.data.clone());
        let vocabulary = Vocabulary::new(&grammar);
        let pairs = config.training.batch.div_ceil(data.examples);
        // workers run ahead of the last step, and validation may be longer than the training
        let soft = match config.training.posterior > 0.0 {
            true => (config.training.posterior_from() * pairs) as u64,
            false => u64::MAX,
        };
        let last = (config.training.steps * pairs) as f64;
        let exact = Exact::new(&grammar).with_settings(TARGET);
        if let Some(selection) = &data.selection {
            selection.check(&rule_names(&grammar)).map_err(|error| SourceError::Corpus(error.to_string()))?;
        }
        let make = move |number| {
            let pair = pair(&grammar, &data.pairs(columns, seed, number), seed, number)?;
            let copies = match &data.selection {
                Some(selection) => Copies::of(selection, &grammar, &pair, number as f64 / last)?,
                None => Copies { count: 1, tables: None },
            };
            let of =
                |tables: &[(usize, &Table)]| examples(&config, &grammar, &vocabulary, number, tables, &pair.derivation);
            let kept = pair.samples.iter().filter(|sample| copies.has(sample.number));
            let tables = kept.map(|sample| (sample.number, &sample.table));
            let mut all = Vec::new();
            if copies.count == 0 {
                return Ok(all);
            }
            if number < soft {
                all = of(&tables.collect::<Vec<_>>());
            } else {
                for own in tables {
                    let Some(example) = of(&[own]).pop() else { continue };
                    all.push(match exact.posterior(own.1) {
                        Ok(posterior) => {
                            let entries = posterior.entries.into_iter();
                            let target: Vec<(Derivation, f64)> =
                                entries.map(|e| (e.derivation, e.probability)).collect();
                            example.softened(&grammar, &vocabulary, &pair.schema, &target)
                        }
                        // the program that made the table is a draw from its posterior
                        Err(ExactError::NotConverged { .. }) => example,
                        Err(error) => return Err(error.into()),
                    });
                }
            }
            let own = all.len();
            (1..copies.count).for_each(|_| all.extend_from_within(..own));
            Ok(all)
        };
        let ordered = Ordered::new((step * pairs) as u64..u64::MAX, workers, make);
        Ok(Source::Drawn { ordered, pairs })
    }

    fn read(config: &Config, grammar: &Arc<Grammar>, folder: &Path, step: usize) -> Result<Source, SourceError> {
        let corpus = Corpus::open(folder).map_err(|error| SourceError::Corpus(error.to_string()))?;
        if crate::checkpoint::digest(corpus.grammar()) != crate::checkpoint::digest(grammar) {
            let message = format!("{} was drawn from another grammar than `{}`", folder.display(), config.data.grammar);
            return Err(SourceError::Corpus(message));
        }
        let selection = config.data.selection.clone().unwrap_or_default();
        let (send, examples) = sync_channel(AHEAD);
        let (config, grammar) = (config.clone(), Arc::clone(grammar));
        let batch = config.training.batch;
        std::thread::spawn(move || {
            let mut number = 0;
            // the receiver is gone once the training has ended
            let mut give = |example| {
                number += 1;
                number <= step * batch || send.send(Ok(example)).is_ok()
            };
            if let Err(error) = read_all(&config, &grammar, &corpus, &selection, &mut give) {
                let _ = send.send(Err(error));
            }
        });
        Ok(Source::Read { examples, batch })
    }

    /// The examples of the next step. How many there are depends on how many of the tables that were drawn were kept.
    ///
    /// # Errors
    /// A fault of the grammar, or a damaged corpus.
    pub fn step(&mut self) -> Result<Vec<Example>, SourceError> {
        match self {
            Source::Drawn { ordered, pairs } => {
                let mut all = Vec::new();
                for made in ordered.take(*pairs) {
                    all.extend(made?);
                }
                Ok(all)
            }
            Source::Read { examples, batch } => {
                let one =
                    |_| examples.recv().unwrap_or_else(|_| Err(SourceError::Corpus("reading has stopped".into())));
                (0..*batch).map(one).collect()
            }
        }
    }
}

/// Names of the rules of a grammar.
fn rule_names(grammar: &Grammar) -> Vec<String> {
    grammar.rules.iter().map(|rule| rule.name.clone()).collect()
}

/// How often a pair is given, and which of its tables.
struct Copies {
    count: u64,
    /// The numbers of the tables that are given; all where there is no selection.
    tables: Option<Vec<usize>>,
}

impl Copies {
    /// What a selection wants of a pair when a share of the training is done.
    fn of(selection: &Selection, grammar: &Grammar, pair: &Pair, progress: f64) -> Result<Copies, SourceError> {
        let none = Copies { count: 0, tables: None };
        if pair.samples.is_empty() {
            return Ok(none);
        }
        let record = Record::of_pair(grammar, pair).map_err(SourceError::Corpus)?;
        if selection.split(&record) != Split::Training {
            return Ok(none);
        }
        let Some(record) = selection.stage(record, progress.min(1.0)) else { return Ok(none) };
        let tables = record.tables.iter().map(|table| table.number as usize).collect();
        Ok(Copies { count: selection.copies(&record, 0), tables: Some(tables) })
    }

    fn has(&self, table: usize) -> bool {
        self.tables.as_ref().is_none_or(|tables| tables.contains(&table))
    }
}

/// Gives the examples of a corpus, time after time, until they are not wanted any more.
fn read_all(
    config: &Config,
    grammar: &Grammar,
    corpus: &Corpus,
    selection: &Selection,
    give: &mut dyn FnMut(Example) -> bool,
) -> Result<(), SourceError> {
    let fail = |error: ppl_corpus::store::StoreError| SourceError::Corpus(error.to_string());
    let vocabulary = Vocabulary::new(grammar);
    let whole = (config.training.steps * config.training.batch) as f64;
    let mut given = 0;
    for epoch in 0.. {
        let before = given;
        let mut reader = corpus.reader().map_err(fail)?.select(selection.clone(), Split::Training).map_err(fail)?;
        reader = reader.epoch(epoch);
        loop {
            reader = reader.progress((given as f64 / whole).min(1.0));
            let Some(record) = reader.next() else { break };
            for example in of_record(config, grammar, &vocabulary, &record.map_err(fail)?) {
                given += 1;
                if !give(example) {
                    return Ok(());
                }
            }
        }
        if given == before {
            let message = "the corpus has no program of the grammar that is selected and fits the network";
            return Err(SourceError::Corpus(message.to_string()));
        }
    }
    Ok(())
}

fn of_record(config: &Config, grammar: &Grammar, vocabulary: &Vocabulary, record: &Record) -> Vec<Example> {
    let Some(derivation) = record.derivation(grammar) else { return Vec::new() };
    let tables: Vec<(usize, Table)> =
        record.tables.iter().map(|own| (own.number as usize, own.table(&record.schema))).collect();
    let tables: Vec<(usize, &Table)> = tables.iter().map(|(number, table)| (*number, table)).collect();
    examples(config, grammar, vocabulary, record.number, &tables, &derivation)
}

/// The examples of a pair: its tables, by number, are dealt out, up to `data.tables` an example. What the training holds out is no choice.
fn examples(
    config: &Config,
    grammar: &Grammar,
    vocabulary: &Vocabulary,
    number: u64,
    tables: &[(usize, &Table)],
    derivation: &Derivation,
) -> Vec<Example> {
    let most = config.data.tables;
    let end = tables.last().map_or(0, |(number, _)| number + 1);
    let of = |first: usize| {
        // one in `most` examples has one table, and so on: which does not depend on what was kept
        let count = 1 + ((number + (first / most) as u64) % most as u64) as usize;
        let own = tables.iter().filter(|(number, _)| (first..first + count).contains(number));
        let own: Vec<&Table> = own.map(|(_, table)| *table).collect();
        // none where no table is left, or the network cannot read it
        let selection = config.data.selection.as_ref();
        Example::of(grammar, vocabulary, &config.network, &own, derivation, selection).ok().flatten()
    };
    (0..end).step_by(most).filter_map(of).collect()
}
