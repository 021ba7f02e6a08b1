//! The posterior over all programs of a grammar.

use crate::data::Data;
use crate::error::ExactError;
use crate::evidence::{Computation, Settings, evidence};
use crate::model::Model;
use crate::read::Reader;
use crate::trapezoid::Integral;
use ppl_corpus::choices::Language;
use ppl_corpus::grammar::Grammar;
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Derivation, Schema, best_first};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Programs of a grammar for a schema at most.
pub const MOST_PROGRAMS: usize = 5_000;

/// A program with what is known of it given a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub derivation: Derivation,
    /// Log P(program | schema).
    pub log_prior: f64,
    /// Log p(y | X, program).
    pub log_evidence: f64,
    /// Estimate of the error of `log_evidence`.
    pub error: f64,
    /// P(program | table).
    pub probability: f64,
}

/// Programs with their probabilities given a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// In the order of their prior probabilities.
    pub entries: Vec<Entry>,
    /// Log p(y | X), all programs averaged.
    pub log_evidence: f64,
}

impl Posterior {
    /// The posterior over all programs that a grammar has for a table. [`Exact`] does the same for many tables, and faster.
    ///
    /// # Errors
    /// As [`Exact::posterior`].
    ///
    /// ```
    /// use ppl_corpus::{Grammar, Outcome, Schema, pair::table::{Table, Values}};
    /// use ppl_exact::Posterior;
    /// let grammar = Grammar::shipped("exact").unwrap();
    /// let table = Table {
    ///     schema: Schema::new(Outcome::Real, 1, 0, false),
    ///     outcome: Values::Real(vec![-1.4, -0.9, 0.2, 0.6, 1.5]),
    ///     columns: vec![Values::Real(vec![-1.5, -0.5, 0.0, 0.5, 1.5])],
    ///     levels: vec![0],
    ///     categories: 0,
    /// };
    /// let posterior = Posterior::of(&grammar, &table).unwrap();
    /// let total: f64 = posterior.entries.iter().map(|entry| entry.probability).sum();
    /// assert!((total - 1.0).abs() < 1e-12);
    /// ```
    pub fn of(grammar: &Grammar, table: &Table) -> Result<Posterior, ExactError> {
        Exact::new(grammar).posterior(table)
    }

    /// Bayes' rule.
    pub(crate) fn new(programs: &[(Derivation, f64)], evidences: &[Integral]) -> Posterior {
        let joint = |(program, evidence): (&(Derivation, f64), &Integral)| program.1 + evidence.log;
        let most = programs.iter().zip(evidences).map(joint).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = programs.iter().zip(evidences).map(|both| (joint(both) - most).exp()).sum();
        let log_evidence = most + sum.ln();
        let entry = |both: (&(Derivation, f64), &Integral)| Entry {
            derivation: both.0.0.clone(),
            log_prior: both.0.1,
            log_evidence: both.1.log,
            error: both.1.error,
            probability: (joint(both) - log_evidence).exp(),
        };
        Posterior { entries: programs.iter().zip(evidences).map(entry).collect(), log_evidence }
    }

    /// The posterior if the log evidences of programs, by their places, were greater by so much: what another prior, or a mistake, would
    /// make of it.
    #[must_use]
    pub fn reweighted(&self, more: impl Fn(usize) -> f64) -> Posterior {
        let programs: Vec<(Derivation, f64)> =
            self.entries.iter().map(|entry| (entry.derivation.clone(), entry.log_prior)).collect();
        let evidence =
            |(place, entry): (usize, &Entry)| Integral { log: entry.log_evidence + more(place), error: entry.error };
        let evidences: Vec<Integral> = self.entries.iter().enumerate().map(evidence).collect();
        Posterior::new(&programs, &evidences)
    }

    /// In nats.
    pub fn entropy(&self) -> f64 {
        let p = self.entries.iter().map(|entry| entry.probability).filter(|p| *p > 0.0);
        -p.map(|p| p * p.ln()).sum::<f64>()
    }

    /// The probability of a program; 0 for one that the grammar does not have.
    pub fn probability(&self, derivation: &Derivation) -> f64 {
        self.entries.iter().find(|entry| entry.derivation == *derivation).map_or(0.0, |entry| entry.probability)
    }

    /// The likeliest program.
    pub fn best(&self) -> Option<&Entry> {
        self.entries.iter().max_by(|a, b| a.probability.total_cmp(&b.probability))
    }
}

/// Programs of a schema, the likeliest first, with their log prior probabilities.
pub type Programs = Arc<Vec<(Derivation, f64)>>;

/// Computes posteriors under one grammar; shared by threads.
pub struct Exact {
    reader: Reader,
    settings: Settings,
    /// Programs of each schema that has been seen, by what a schema is to a grammar.
    programs: Mutex<HashMap<Schema, Programs>>,
}

impl Exact {
    pub fn new(grammar: &Grammar) -> Exact {
        Exact { reader: Reader::new(grammar), settings: Settings::default(), programs: Mutex::default() }
    }

    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Exact {
        self.settings = settings;
        self
    }

    pub fn grammar(&self) -> &Grammar {
        self.reader.grammar()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All programs that the grammar has for a schema.
    ///
    /// # Errors
    /// [`ExactError::NoProgram`]; [`ExactError::TooMany`] above [`MOST_PROGRAMS`].
    pub fn programs(&self, schema: &Schema) -> Result<Programs, ExactError> {
        let lock = || self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(schema) {
            return Ok(Arc::clone(found));
        }
        let language = Language::new(self.grammar(), schema).ok_or(ExactError::NoProgram(schema.outcome.word()))?;
        let all: Vec<(Derivation, f64)> = best_first(&language).take(MOST_PROGRAMS + 1).collect();
        if all.len() > MOST_PROGRAMS {
            return Err(ExactError::TooMany(MOST_PROGRAMS));
        }
        let all = Arc::new(all);
        lock().insert(schema.clone(), Arc::clone(&all));
        Ok(all)
    }

    /// The models of all programs of a schema, for tables of so many rows.
    ///
    /// # Errors
    /// As [`Exact::programs`]; a rule that is not supported.
    pub fn models(&self, schema: &Schema, rows: usize) -> Result<Vec<Model>, ExactError> {
        self.programs(schema)?.iter().map(|(derivation, _)| self.reader.model(derivation, rows)).collect()
    }

    /// The evidence of one program.
    ///
    /// # Errors
    /// As [`Exact::posterior`].
    pub fn evidence(&self, derivation: &Derivation, table: &Table) -> Result<Integral, ExactError> {
        let data = Data::new(table)?;
        evidence(&self.reader.model(derivation, data.rows())?, &data, &self.settings)
    }

    /// The posterior over all programs, in parallel over them.
    ///
    /// Where evidences are estimated, a program of probability p is computed to an error of the tolerance times `sqrt(most / p)`, where
    /// `most` is the probability of the likeliest one: each adds as much to the divergence from the exact posterior.
    ///
    /// # Errors
    /// As [`Exact::models`]; a table with missing cells or with outcomes of another kind; evidences that cannot be computed.
    pub fn posterior(&self, table: &Table) -> Result<Posterior, ExactError> {
        let programs = self.programs(&table.schema)?;
        Ok(Posterior::new(&programs, &self.evidences(table, &programs)?))
    }

    /// The evidences of all programs, in their order.
    pub(crate) fn evidences(&self, table: &Table, programs: &Programs) -> Result<Vec<Integral>, ExactError> {
        let data = Data::new(table)?;
        let models = self.models(&table.schema, data.rows())?;
        let rough = self.settings.tolerance.max(ROUGH);
        let begun: Result<Vec<(Computation, Integral)>, ExactError> = models
            .par_iter()
            .map(|model| {
                let mut computation = Computation::new(model, &data, &self.settings)?;
                let integral = computation.result(rough, self.settings.points)?;
                Ok((computation, integral))
            })
            .collect();
        let mut begun = begun?;
        let joint = |place: usize, integral: &Integral| programs[place].1 + integral.log;
        let most = begun.iter().enumerate().map(|(place, own)| joint(place, &own.1)).fold(f64::NEG_INFINITY, f64::max);
        begun.par_iter_mut().enumerate().try_for_each(|(place, (computation, integral))| {
            let below = most - joint(place, integral);
            let tolerance = (self.settings.tolerance * (0.5 * below).exp()).min(rough);
            *integral = computation.result(tolerance, self.settings.points)?;
            Ok::<(), ExactError>(())
        })?;
        Ok(begun.into_iter().map(|(_, integral)| integral).collect())
    }
}

/// The error of evidences of programs that turn out to be improbable.
const ROUGH: f64 = 0.3;
