//! What a network has to beat: the prior, a random forest on the same features, and a search for the best BIC in a menu.
//!
//! All of them give probabilities of structures: derivations without their grades.

mod decision_forest;
mod forest;
mod menu;
mod mode;
mod structure;
mod structure_forest;

pub use decision_forest::DecisionForest;
pub use forest::{Examples, Forest, ForestOptions, Shares};
pub use menu::{BicMenu, Fit, MenuOptions, Unfitted, with_commonest_grades};
pub use mode::{Mode, maximise};
pub use structure::{Slots, structure_of, structures};
pub use structure_forest::StructureForest;

use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Derivation, Grammar};
use std::sync::Arc;

/// Why a baseline has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BaselineError {
    #[error("the grammar has no program for a {0} outcome: use tables of the schemas that it was made for")]
    NoProgram(&'static str),
    #[error("there is nothing to learn from: give at least 2 pairs of a program and a table")]
    TooFewPairs,
}

/// Probabilities of structures given a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The likeliest first.
    pub listed: Vec<(Derivation, f64)>,
    /// A structure that is not listed has its prior probability times this.
    pub prior_weight: f64,
}

impl Posterior {
    /// Of structures with weights (any sum) that make up `1 - prior_weight`, and the prior.
    fn mixed(weighted: Vec<(Derivation, f64)>, prior_weight: f64, language: &Language<'_>) -> Posterior {
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        if total.is_nan() || total <= 0.0 {
            return Posterior { listed: Vec::new(), prior_weight: 1.0 };
        }
        let own = |(structure, weight): (Derivation, f64)| {
            let prior = structure.log_probability(language).map_or(0.0, |log| log.structure.exp());
            let probability = (1.0 - prior_weight) * weight / total + prior_weight * prior;
            (structure, probability)
        };
        let mut listed: Vec<(Derivation, f64)> = weighted.into_iter().map(own).collect();
        listed.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Posterior { listed, prior_weight }
    }

    /// The log probability of the structure of a derivation of the language that the table has; minus infinity for one that it does not have.
    pub fn log_probability(&self, language: &Language<'_>, derivation: &Derivation) -> f64 {
        let structure = structure_of(derivation);
        if let Some((_, probability)) = self.listed.iter().find(|(own, _)| *own == structure) {
            return probability.ln();
        }
        let prior = structure.log_probability(language).map_or(f64::NEG_INFINITY, |log| log.structure);
        self.prior_weight.ln() + prior
    }

    /// Probabilities of the rules that structures begin with (families), as far as they are listed.
    pub fn families(&self) -> Shares {
        let mut families: std::collections::BTreeMap<usize, f64> = Default::default();
        for (structure, probability) in &self.listed {
            *families.entry(structure.root.rule).or_default() += probability;
        }
        families.into_iter().collect()
    }
}

/// Anything that gives probabilities of structures for a table.
pub trait Baseline {
    fn name(&self) -> &'static str;

    /// # Errors
    /// The grammar has no program for the table.
    fn posterior(&self, table: &Table) -> Result<Posterior, BaselineError>;
}

/// What is believed before a table is seen but for its schema.
pub struct Prior {
    pub grammar: Arc<Grammar>,
    /// How many structures are listed.
    pub listed: usize,
}

impl Baseline for Prior {
    fn name(&self) -> &'static str {
        "prior"
    }

    fn posterior(&self, table: &Table) -> Result<Posterior, BaselineError> {
        let language = language(&self.grammar, table)?;
        let listed = structures(&language).take(self.listed).map(|(structure, log)| (structure, log.exp())).collect();
        Ok(Posterior { listed, prior_weight: 1.0 })
    }
}

fn language<'g>(grammar: &'g Grammar, table: &Table) -> Result<Language<'g>, BaselineError> {
    Language::new(grammar, &table.schema).ok_or(BaselineError::NoProgram(table.schema.outcome.word()))
}
