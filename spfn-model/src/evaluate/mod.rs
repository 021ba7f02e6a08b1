//! What a network is worth: its probabilities of programs against the truth, and against the exact posterior where there is one.
//!
//! ```text
//! pairs that were not trained on --- Judge ---> Judged, one a table --- Summary ---> figures, by rows and by outcome
//!                                          \--- Calibration (ppl-exact): reliability of programs and of productions
//! ```

pub mod restricted;
pub mod run;
pub mod structures;
pub mod summary;

use crate::actions::{Candidates, Vocabulary};
use crate::arrange::Arrangement;
use crate::baselines::{Baseline, BaselineError};
use crate::config::Config;
use crate::example::{ProgramInput, TableInput};
use crate::spfn::Spfn;
use burn::tensor::backend::Backend;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{Fault, PairOptions, pair};
use ppl_corpus::store::{Record, Split};
use ppl_corpus::{Derivation, Grammar, Node, Outcome, Part, Schema};
use ppl_exact::{Cache, Entry, Exact, ExactError, Posterior};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error("a fault of the grammar: {0}")]
    Grammar(#[from] Fault),
    #[error(transparent)]
    Exact(#[from] ExactError),
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    #[error(transparent)]
    Unreadable(#[from] crate::example::Unreadable),
    #[error("a pair is no record of a corpus: {0}")]
    Record(String),
}

/// A table with the program that made it.
#[derive(Clone, Debug)]
pub struct Label {
    pub table: Table,
    pub truth: Derivation,
    /// Where the training's selection has it.
    pub split: Split,
}

/// Tables of the distribution that a training draws from, whatever of it is held out.
pub struct Labels<'a> {
    config: &'a Config,
    grammar: &'a Grammar,
}

impl<'a> Labels<'a> {
    pub fn new(config: &'a Config, grammar: &'a Grammar) -> Labels<'a> {
        Labels { config, grammar }
    }

    /// The label of a number, with other seeds than in training; `None` where the table was not kept.
    ///
    /// # Errors
    /// A fault of the grammar.
    pub fn get(&self, number: u64) -> Result<Option<Label>, EvaluateError> {
        self.drawn(self.config.data.seed ^ EVALUATION, number)
    }

    /// Pairs with the seeds of training, of what is trained on.
    ///
    /// # Errors
    /// A fault of the grammar.
    pub fn training_pairs(&self, count: u64) -> Result<Vec<(Table, Derivation)>, EvaluateError> {
        let made = (0..count).into_par_iter().map(|number| {
            let label = self.drawn(self.config.data.seed, number)?.filter(|label| label.split == Split::Training);
            Ok(label.map(|label| (label.table, label.truth)))
        });
        made.filter_map(Result::transpose).collect()
    }

    fn drawn(&self, seed: u64, number: u64) -> Result<Option<Label>, EvaluateError> {
        let options = PairOptions { tables: 1, ..self.config.data.pairs(self.config.network.columns, seed, number) };
        let pair = pair(self.grammar, &options, seed, number)?;
        let split = match &self.config.data.selection {
            Some(selection) if !pair.samples.is_empty() => {
                selection.split(&Record::of_pair(self.grammar, &pair).map_err(EvaluateError::Record)?)
            }
            _ => Split::Training,
        };
        let truth = pair.derivation;
        Ok(pair.samples.into_iter().next().map(|sample| Label { table: sample.table, truth, split }))
    }
}

/// Tables of evaluation have other seeds than those of training and validation.
const EVALUATION: u64 = 0x0e7a_1a7e_5eed_0001;

/// Tables that a network reads side by side.
const TOGETHER: u64 = 16;
/// Groups of tables between two calls of the observer.
const GROUPS: u64 = 8;

/// What is made of groups of numbers, side by side, in their order, as far as `observe` wants: it is told how many are done.
fn in_groups<T: Send>(
    numbers: Range<u64>,
    make: impl Fn(Range<u64>) -> Result<Vec<T>, EvaluateError> + Sync,
    mut take: impl FnMut(T),
    observe: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), EvaluateError> {
    let mut next = numbers.start;
    while next < numbers.end {
        let end = (next + TOGETHER * GROUPS).min(numbers.end);
        let groups: Vec<Range<u64>> =
            (next..end).step_by(TOGETHER as usize).map(|from| from..(from + TOGETHER).min(end)).collect();
        let made = groups.into_par_iter().map(&make).collect::<Result<Vec<_>, _>>()?;
        made.into_iter().flatten().for_each(&mut take);
        next = end;
        if observe(next - numbers.start).is_break() {
            break;
        }
    }
    Ok(())
}

/// What was found of a table.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where the training's selection has the pair.
    pub split: Split,
    pub rows: usize,
    pub outcome: Outcome,
    /// How many programs compete.
    pub programs: usize,
    /// Log probabilities of the program that made it, in nats.
    pub log_q: f64,
    pub log_prior: f64,
    /// How many programs are likelier under q.
    pub rank: usize,
    /// The probability of the likeliest program under q.
    pub confidence: f64,
    /// Rules with columns that the likeliest program has and the true one has not, or the other way.
    pub distance: usize,
    pub exact: Option<AgainstExact>,
}

/// q beside the exact posterior p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgainstExact {
    /// KL(p || q) and KL(p || prior), in nats.
    pub divergence: f64,
    pub of_prior: f64,
    /// Log p of the program that made the table.
    pub log_p: f64,
    /// p of the program that q finds likeliest, and of the likeliest.
    pub of_best: f64,
    pub most: f64,
    pub entropy: f64,
}

/// A schema whose columns are in another order.
type Arranged = (Schema, Arrangement);

/// A program with the probability that it is given; what it would be the evidence of follows from the prior.
fn believed(derivation: &Derivation, log_prior: f64, log_q: f64) -> Entry {
    let derivation = derivation.clone();
    Entry { derivation, log_prior, log_evidence: log_q - log_prior, error: 0.0, probability: log_q.exp() }
}

/// All programs of a schema, as the decoder reads them.
struct Programs {
    all: Vec<(Derivation, f64)>,
    inputs: Vec<ProgramInput>,
}

/// Judges a network on a grammar whose programs can be listed.
pub struct Judge<'a, B: Backend> {
    spfn: &'a Spfn<B>,
    exact: Exact,
    cache: Option<Cache>,
    vocabulary: Vocabulary,
    programs: Mutex<HashMap<Schema, Arc<Programs>>>,
    /// For each program of a schema, the place of the arranged one.
    arranged: Mutex<HashMap<Arranged, Arc<Vec<usize>>>>,
}

impl<'a, B: Backend> Judge<'a, B> {
    pub fn new(spfn: &'a Spfn<B>) -> Judge<'a, B> {
        let vocabulary = Vocabulary::new(spfn.grammar());
        let exact = Exact::new(spfn.grammar());
        Judge { spfn, exact, cache: None, vocabulary, programs: Mutex::default(), arranged: Mutex::default() }
    }

    /// Keeps exact posteriors in a folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn cached(mut self, folder: &Path) -> Result<Judge<'a, B>, EvaluateError> {
        self.cache = Some(Cache::new(Exact::new(self.spfn.grammar()), folder)?);
        Ok(self)
    }

    pub fn grammar(&self) -> &'a Grammar {
        self.spfn.grammar()
    }

    fn programs(&self, schema: &Schema) -> Result<Arc<Programs>, EvaluateError> {
        let lock = || self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(schema) {
            return Ok(Arc::clone(found));
        }
        let listed = self.exact.programs(schema)?;
        let no_program = || ExactError::NoProgram(schema.outcome.word());
        let language = Language::new(self.spfn.grammar(), schema).ok_or_else(no_program)?;
        let candidates = Candidates::new(&self.vocabulary, &language);
        let mut programs = Programs { all: Vec::new(), inputs: Vec::new() };
        for (derivation, log_prior) in listed.iter() {
            if let Some(input) = ProgramInput::of(&candidates, &self.vocabulary, derivation) {
                programs.all.push((derivation.clone(), *log_prior));
                programs.inputs.push(input);
            }
        }
        let programs = Arc::new(programs);
        lock().insert(schema.clone(), Arc::clone(&programs));
        Ok(programs)
    }

    fn places(&self, schema: &Schema, arrangement: &Arrangement, programs: &Programs) -> Arc<Vec<usize>> {
        let lock = || self.arranged.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (schema.clone(), arrangement.clone());
        if let Some(found) = lock().get(&key) {
            return Arc::clone(found);
        }
        let numbers: HashMap<&Derivation, usize> =
            programs.all.iter().enumerate().map(|(place, (derivation, _))| (derivation, place)).collect();
        let arranged = |(derivation, _): &(Derivation, f64)| {
            *numbers
                .get(&arrangement.arranged(self.spfn.grammar(), derivation))
                .expect("the grammar has it in any order")
        };
        let places: Arc<Vec<usize>> = Arc::new(programs.all.iter().map(arranged).collect());
        lock().insert(key, Arc::clone(&places));
        places
    }

    /// q over all programs, for tables side by side.
    ///
    /// # Errors
    /// The network cannot read a table, or a schema has too many programs to list.
    pub fn beliefs(&self, tables: &[&Table]) -> Result<Vec<Posterior>, EvaluateError> {
        let programs = tables.iter().map(|table| self.programs(&table.schema)).collect::<Result<Vec<_>, _>>()?;
        let inputs =
            tables.iter().map(|table| TableInput::of(&[table], self.spfn.size())).collect::<Result<Vec<_>, _>>()?;
        let language = |table: &&Table| Language::new(self.spfn.grammar(), &table.schema);
        let languages: Vec<Language<'_>> = tables.iter().filter_map(language).collect();
        let cases: Vec<(&Language<'_>, &TableInput)> = languages.iter().zip(&inputs).collect();
        let asked: Vec<(usize, &ProgramInput)> = programs
            .iter()
            .enumerate()
            .flat_map(|(case, programs)| programs.inputs.iter().map(move |input| (case, input)))
            .collect();
        let logs = self.spfn.decoding(&cases).score_inputs(&asked);
        let mut logs = logs.as_slice();
        let one = |((programs, input), table): ((&Arc<Programs>, &TableInput), &&Table)| {
            let (own, rest) = logs.split_at(programs.all.len());
            logs = rest;
            let places = self.places(&table.schema, &input.arrangement, programs);
            let own = programs
                .all
                .iter()
                .zip(places.iter())
                .map(|((derivation, log_prior), &place)| believed(derivation, *log_prior, own[place]));
            Posterior { entries: own.collect(), log_evidence: 0.0 }
        };
        Ok(programs.iter().zip(&inputs).zip(tables).map(one).collect())
    }

    /// What a baseline says of all programs: of a structure, each of its programs has the share that the grammar gives it.
    ///
    /// # Errors
    /// The baseline has no answer, or a schema has too many programs to list.
    pub fn beliefs_of(&self, baseline: &dyn Baseline, table: &Table) -> Result<Posterior, EvaluateError> {
        let programs = self.programs(&table.schema)?;
        let no_program = || ExactError::NoProgram(table.schema.outcome.word());
        let language = Language::new(self.spfn.grammar(), &table.schema).ok_or_else(no_program)?;
        let answer = baseline.posterior(table)?;
        let own = programs.all.iter().map(|(derivation, log_prior)| {
            let grades = derivation.log_probability(&language).map_or(0.0, |log| log.grades);
            let log_q = answer.log_probability(&language, derivation) + grades;
            believed(derivation, *log_prior, log_q)
        });
        Ok(Posterior { entries: own.collect(), log_evidence: 0.0 })
    }

    /// The exact posterior of a table.
    ///
    /// # Errors
    /// Evidences that cannot be computed; a cache that cannot be read or written.
    pub fn truth(&self, table: &Table) -> Result<Posterior, EvaluateError> {
        Ok(match &self.cache {
            Some(cache) => cache.posterior(table)?,
            None => self.exact.posterior(table)?,
        })
    }
}

impl Judged {
    /// What q, and p where it is known, say of a label.
    pub fn new(label: &Label, q: &Posterior, p: Option<&Posterior>) -> Judged {
        let own = q.entries.iter().find(|entry| entry.derivation == label.truth);
        let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
        let probability = own.map_or(0.0, |own| own.probability);
        let best = q.best();
        let exact = p.map(|p| {
            let mut divergence = 0.0;
            let mut of_prior = 0.0;
            for (p, q) in p.entries.iter().zip(&q.entries).filter(|(p, _)| p.probability > 0.0) {
                divergence += p.probability * (p.probability.ln() - log(q.probability));
                of_prior += p.probability * (p.probability.ln() - p.log_prior);
            }
            AgainstExact {
                divergence,
                of_prior,
                log_p: log(p.probability(&label.truth)),
                of_best: best.map_or(0.0, |best| p.probability(&best.derivation)),
                most: p.best().map_or(0.0, |best| best.probability),
                entropy: p.entropy(),
            }
        });
        Judged {
            split: label.split.clone(),
            rows: label.table.rows(),
            outcome: label.table.schema.outcome,
            programs: q.entries.len(),
            log_q: log(probability),
            log_prior: own.map_or(f64::NEG_INFINITY, |own| own.log_prior),
            rank: q.entries.iter().filter(|entry| entry.probability > probability).count(),
            confidence: best.map_or(0.0, |best| best.probability),
            distance: best.map_or(0, |best| distance(&best.derivation, &label.truth)),
            exact,
        }
    }
}

/// Rules with their columns that one program has more often than the other.
pub fn distance(a: &Derivation, b: &Derivation) -> usize {
    fn count<'d>(node: &'d Node, by: isize, counts: &mut HashMap<(usize, &'d [usize]), isize>) {
        *counts.entry((node.rule, &node.columns)).or_default() += by;
        for part in &node.parts {
            match part {
                Part::Node(inner) => count(inner, by, counts),
                Part::Set(nodes) => nodes.iter().for_each(|inner| count(inner, by, counts)),
                Part::Grade(_) => {}
            }
        }
    }
    let mut counts = HashMap::new();
    count(&a.root, 1, &mut counts);
    count(&b.root, -1, &mut counts);
    counts.values().map(|count| count.unsigned_abs()).sum()
}
