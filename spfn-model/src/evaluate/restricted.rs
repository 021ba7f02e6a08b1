//! A network on a grammar of many programs against exact posteriors: its programs that are also those of the exact grammar, with the prior that its
//! own grammar gives them, renormalised.
//!
//! Tables are drawn from its own grammar and kept where such a program made them, so the program is a draw from the posterior that is
//! restricted in the same way.

use super::{EvaluateError, Judged, Label};
use crate::spfn::Spfn;
use burn::tensor::backend::Backend;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::store::Split;
use ppl_corpus::{Derivation, Deriver, Grammar, Node, Part, Schema};
use ppl_exact::{Entry, Exact, ExactError, Posterior, Stratum};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A program of both grammars.
struct Shared {
    /// In the exact grammar.
    exact: Derivation,
    /// In the network's.
    own: Derivation,
    /// Log probability in the network's grammar, renormalised over what is shared.
    log_prior: f64,
}

/// Judges a network on what its grammar shares with the exact one.
pub struct Restricted<'a, B: Backend> {
    spfn: &'a Spfn<B>,
    exact: Exact,
    deriver: Deriver<'a>,
    shared: Mutex<HashMap<Schema, Arc<Vec<Shared>>>>,
    unknown: AtomicUsize,
}

/// What was found of a table.
#[derive(Clone, Debug)]
pub struct Found {
    pub judged: Judged,
    /// q of all programs that are not shared.
    pub outside: f64,
}

/// Tables have other seeds than those of training and validation.
const SEED: u64 = 0x0e7a_1a7e_5eed_0002;

impl<'a, B: Backend> Restricted<'a, B> {
    pub fn new(spfn: &'a Spfn<B>) -> Restricted<'a, B> {
        let exact = Exact::new(&Grammar::shipped("exact").expect("it ships"));
        Restricted {
            spfn,
            exact,
            deriver: Deriver::new(spfn.grammar()),
            shared: Mutex::default(),
            unknown: AtomicUsize::new(0),
        }
    }

    fn shared(&self, schema: &Schema) -> Result<Arc<Vec<Shared>>, EvaluateError> {
        let lock = || self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(schema) {
            return Ok(Arc::clone(found));
        }
        let no_program = || ExactError::NoProgram(schema.outcome.word());
        let language = Language::new(self.spfn.grammar(), schema).ok_or_else(no_program)?;
        let listed = self.exact.programs(schema)?;
        let one = |(exact, _): &(Derivation, f64)| {
            let text = ppl_corpus::program(self.exact.grammar(), schema, exact).ok()?;
            let (seen, mut own) = self.deriver.derive(&text.typed).ok()?;
            named(&mut own.root, &seen, schema)?;
            let log_prior = own.log_probability(&language)?.total();
            (!self.spfn.holds_out(&own)).then(|| Shared { exact: exact.clone(), own, log_prior })
        };
        let mut found: Vec<Shared> = listed.par_iter().filter_map(one).collect();
        let total = log_sum(found.iter().map(|own| own.log_prior));
        found.iter_mut().for_each(|own| own.log_prior -= total);
        let found = Arc::new(found);
        lock().insert(schema.clone(), Arc::clone(&found));
        Ok(found)
    }

    /// The label of a number; `None` where the table was not kept, or another program made it.
    fn label(&self, number: u64) -> Result<Option<Label>, EvaluateError> {
        let stratum = Stratum::ALL[(number % Stratum::ALL.len() as u64) as usize];
        let pair = stratum.pair(self.spfn.grammar(), SEED, number)?;
        let shared = self.shared(&pair.schema)?;
        let truth = pair.derivation;
        if shared.iter().all(|own| own.own != truth) {
            return Ok(None);
        }
        let sample = pair.samples.into_iter().next();
        Ok(sample.map(|sample| Label { table: sample.table, truth, split: Split::Training }))
    }

    /// The first so many tables.
    ///
    /// # Errors
    /// A fault of the grammar, evidences that cannot be computed, a table that the network cannot read.
    pub fn run(&self, count: usize, observe: &mut dyn FnMut(usize)) -> Result<Vec<Found>, EvaluateError> {
        const TOGETHER: u64 = 512;
        let (mut found, mut next) = (Vec::new(), 0);
        while found.len() < count && next < 2000 * count as u64 {
            let numbers = next..next + TOGETHER;
            let labels: Vec<Label> = numbers
                .into_par_iter()
                .filter_map(|number| self.label(number).transpose())
                .collect::<Result<_, EvaluateError>>()?;
            let judged = labels.par_iter().map(|label| match self.judge(label) {
                Ok(found) => Ok(Some(found)),
                Err(EvaluateError::Exact(ExactError::NotConverged { .. })) => {
                    self.unknown.fetch_add(1, Ordering::Relaxed);
                    Ok(None)
                }
                Err(error) => Err(error),
            });
            found.extend(judged.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?);
            next += TOGETHER;
            observe(found.len().min(count));
        }
        found.truncate(count);
        Ok(found)
    }

    /// Tables that were left out, since an evidence could not be computed to its precision.
    pub fn unknown(&self) -> usize {
        self.unknown.load(Ordering::Relaxed)
    }

    fn judge(&self, label: &Label) -> Result<Found, EvaluateError> {
        let shared = self.shared(&label.table.schema)?;
        let p = self.truth(&shared, &label.table)?;
        let programs: Vec<Derivation> = shared.iter().map(|own| own.own.clone()).collect();
        let logs = self.spfn.with(&[&label.table], |decoding| decoding.score(&[programs]).concat());
        let logs = logs.map_err(|error| match error {
            crate::spfn::SpfnError::Table(error) => EvaluateError::Unreadable(error),
            other => EvaluateError::Record(other.to_string()),
        })?;
        let logs: Vec<f64> = logs.into_iter().map(|log| log.unwrap_or(f64::NEG_INFINITY)).collect();
        let inside = log_sum(logs.iter().copied());
        let entries = shared.iter().zip(&logs).map(|(own, log)| Entry {
            derivation: own.own.clone(),
            log_prior: own.log_prior,
            log_evidence: log - inside - own.log_prior,
            error: 0.0,
            probability: (log - inside).exp(),
        });
        let q = Posterior { entries: entries.collect(), log_evidence: 0.0 };
        Ok(Found { judged: Judged::new(label, &q, Some(&p)), outside: 1.0 - inside.exp() })
    }

    fn truth(&self, shared: &[Shared], table: &Table) -> Result<Posterior, EvaluateError> {
        let one = |own: &Shared| {
            let evidence = self.exact.evidence(&own.exact, table)?;
            Ok::<_, ExactError>((evidence.log, evidence.error))
        };
        let evidences = shared.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        let log_evidence = log_sum(shared.iter().zip(&evidences).map(|(own, (log, _))| own.log_prior + log));
        let entries = shared.iter().zip(&evidences).map(|(own, (log, error))| Entry {
            derivation: own.own.clone(),
            log_prior: own.log_prior,
            log_evidence: *log,
            error: *error,
            probability: (own.log_prior + log - log_evidence).exp(),
        });
        Ok(Posterior { entries: entries.collect(), log_evidence })
    }
}

/// Points at the columns of the same names in another schema; `None` where it has not all of them.
fn named(node: &mut Node, from: &Schema, to: &Schema) -> Option<()> {
    for column in &mut node.columns {
        let name = &from.columns[*column].name;
        *column = to.columns.iter().position(|own| own.name == *name)?;
    }
    for part in &mut node.parts {
        match part {
            Part::Node(inner) => named(inner, from, to)?,
            Part::Set(nodes) => nodes.iter_mut().try_for_each(|inner| named(inner, from, to))?,
            Part::Grade(_) => {}
        }
    }
    Some(())
}

fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY { most } else { most + logs.map(|log| (log - most).exp()).sum::<f64>().ln() }
}
