//! Random forests that decide as a derivation is made: one for the rules of each non-terminal, one for each rule whose columns are chosen.
//!
//! The probability of a structure is the product of theirs, so what is learnt of one column serves all, in every schema, and structures that were
//! never seen have their probability too. A term is there or not whatever other terms there are, as in the prior.

use super::forest::{Examples, Forest, ForestOptions};
use super::structure::{structure_of, structures_by};
use super::structure_forest::{outcome_numbers, prior_weight, share_of};
use super::{Baseline, BaselineError, Posterior, language};
use crate::features::{COLUMN, Features, PAIR};
use ppl_corpus::choices::{Language, Legal};
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Action, Choices, Derivation, Grammar};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Columns of a rule whose numbers are seen.
const COLUMNS: usize = 3;
/// Structures that are listed: until so many, or so much probability.
const LISTED: usize = 400;
const COVERED: f64 = 0.995;
/// The prior's share of all, for what is not listed.
const UNLISTED: f64 = 0.005;

/// What a forest decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Decision {
    /// Which rule makes a non-terminal; classes are rules.
    Rule(usize),
    /// Whether a rule has these columns (or a set has this term); classes are 0 and 1.
    Columns(usize),
}

pub struct DecisionForest {
    grammar: Arc<Grammar>,
    voters: BTreeMap<Decision, Voter>,
}

struct Voter {
    forest: Forest,
    prior_weight: f64,
}

/// Examples of a decision, with the prior of the classes that were possible.
#[derive(Default)]
struct Cases {
    examples: Option<Examples>,
    priors: Vec<Vec<(usize, f64)>>,
}

impl Cases {
    fn push(&mut self, row: &[f32], class: usize, prior: Vec<(usize, f64)>) {
        self.examples.get_or_insert_with(|| Examples::new(row.len())).push(row, class);
        self.priors.push(prior);
    }
}

impl DecisionForest {
    /// Grows the forests. The votes of each are smoothed towards the prior, with the weight that makes the decisions of the pairs likeliest in the
    /// trees that were grown without them.
    ///
    /// # Errors
    /// Too few pairs, or a table that the grammar has no program for.
    pub fn fit(
        grammar: Arc<Grammar>,
        pairs: &[(Table, Derivation)],
        options: &ForestOptions,
    ) -> Result<DecisionForest, BaselineError> {
        if pairs.len() < 2 {
            return Err(BaselineError::TooFewPairs);
        }
        let mut cases: BTreeMap<Decision, Cases> = BTreeMap::new();
        for (table, derivation) in pairs {
            let language = language(&grammar, table)?;
            let numbers = Numbers::of(table);
            note(&grammar, &language, derivation, &numbers, &mut cases);
        }
        let voters = cases.into_iter().filter_map(|(decision, Cases { examples, priors })| {
            let examples = examples?;
            let (forest, honest) = Forest::grow(&examples, options);
            let case = |row: usize| {
                let (shares, prior, class) = (&honest[row], &priors[row], examples.class(row));
                let all: f64 = prior.iter().map(|(class, _)| share_of(shares, *class)).sum();
                let own = prior.iter().find(|(own, _)| *own == class).map_or(0.0, |(_, p)| *p);
                (if all > 0.0 { share_of(shares, class) / all } else { own }, own)
            };
            let pairs: Vec<(f64, f64)> = (0..examples.len()).map(case).collect();
            Some((decision, Voter { forest, prior_weight: prior_weight(&pairs) }))
        });
        let voters = voters.collect();
        Ok(DecisionForest { grammar, voters })
    }

    /// Probabilities of classes with these priors.
    fn vote(&self, decision: Decision, row: &[f32], prior: &[(usize, f64)]) -> Vec<f64> {
        let Some(Voter { forest, prior_weight }) = self.voters.get(&decision) else {
            return prior.iter().map(|(_, p)| *p).collect();
        };
        let votes = forest.shares(row);
        let all: f64 = prior.iter().map(|(class, _)| share_of(&votes, *class)).sum();
        let own = |(class, p): &(usize, f64)| {
            let vote = if all > 0.0 { share_of(&votes, *class) / all } else { *p };
            (1.0 - prior_weight) * vote + prior_weight * p
        };
        prior.iter().map(own).collect()
    }
}

impl Baseline for DecisionForest {
    fn name(&self) -> &'static str {
        "decision forest"
    }

    fn posterior(&self, table: &Table) -> Result<Posterior, BaselineError> {
        let language = language(&self.grammar, table)?;
        let numbers = Numbers::of(table);
        // each term and rule is voted on once a table
        let terms = std::cell::RefCell::new(HashMap::<(usize, Vec<usize>), f64>::new());
        let term = |rule: usize, columns: &[usize], prior: f64| {
            let key = (rule, columns.to_vec());
            *terms.borrow_mut().entry(key).or_insert_with(|| {
                self.vote(Decision::Columns(rule), &numbers.of_columns(columns), &[(0, 1.0 - prior), (1, prior)])[1]
            })
        };
        let whole = numbers.of_columns(&[]);
        let weigh = |choices: &Choices<'_>, last: usize| -> Vec<(Action, f64)> {
            match choices.legal() {
                Legal::Rules(rules) => {
                    let prior: Vec<(usize, f64)> = rules.copied().collect();
                    let Some(owner) = owner(&self.grammar, &prior) else { return Vec::new() };
                    let votes = self.vote(Decision::Rule(owner), &whole, &prior);
                    prior.iter().zip(votes).map(|((rule, _), p)| (Action::Rule(*rule), p)).collect()
                }
                Legal::Columns { count, .. } => {
                    let tuples = language.tuples(last).iter();
                    let votes: Vec<f64> = tuples.map(|tuple| term(last, tuple, 1.0 / count as f64)).collect();
                    let all: f64 = votes.iter().sum();
                    votes.iter().enumerate().map(|(place, p)| (Action::Columns(place), p / all)).collect()
                }
                Legal::Terms { candidates, next, .. } => {
                    let mut none = 1.0;
                    let mut all = Vec::with_capacity(candidates.len() + 1 - next);
                    for (place, candidate) in candidates.iter().enumerate().skip(next) {
                        let own = term(candidate.rule, &candidate.columns, candidate.probability);
                        all.push((Action::Include(place), none * own));
                        none *= 1.0 - own;
                    }
                    all.push((Action::Stop, none));
                    all
                }
                rest => rest.collect(),
            }
        };
        let mut covered = 0.0;
        let mut listed = Vec::new();
        for (structure, log) in structures_by(&language, weigh).take(LISTED) {
            covered += log.exp();
            listed.push((structure, log.exp()));
            if covered > COVERED {
                break;
            }
        }
        // what is not listed has the prior's shape, and at least the mass that the votes leave it
        Ok(Posterior::mixed(listed, (1.0 - covered).clamp(UNLISTED, 1.0), &language))
    }
}

/// The decisions of a derivation.
fn note(
    grammar: &Grammar,
    language: &Language<'_>,
    derivation: &Derivation,
    numbers: &Numbers,
    cases: &mut BTreeMap<Decision, Cases>,
) {
    let structure = structure_of(derivation);
    let Some(actions) = structure.actions(language) else { return };
    let mut choices = Choices::new(language);
    let mut last = 0;
    let mut term = |rule: usize, columns: &[usize], there: bool, prior: f64| {
        let row = numbers.of_columns(columns);
        let own = cases.entry(Decision::Columns(rule)).or_default();
        own.push(&row, usize::from(there), vec![(0, 1.0 - prior), (1, prior)]);
    };
    let mut rules = Vec::new();
    for action in actions {
        match (choices.legal(), action) {
            (Legal::Rules(options), Action::Rule(rule)) => {
                last = rule;
                rules.push((rule, options.copied().collect::<Vec<(usize, f64)>>()));
            }
            (Legal::Columns { count, .. }, Action::Columns(chosen)) => {
                for (place, tuple) in language.tuples(last).iter().enumerate() {
                    term(last, tuple, place == chosen, 1.0 / count as f64);
                }
            }
            (Legal::Terms { candidates, next, .. }, action) => {
                let chosen = if let Action::Include(place) = action { place } else { candidates.len() };
                for (place, candidate) in candidates.iter().enumerate().skip(next).take_while(|(p, _)| *p <= chosen) {
                    term(candidate.rule, &candidate.columns, place == chosen, candidate.probability);
                }
            }
            // grades come last
            _ => break,
        }
        choices.take(action);
    }
    let row = numbers.of_columns(&[]);
    for (rule, prior) in rules.into_iter().filter(|(_, prior)| prior.len() > 1) {
        if let Some(owner) = owner(grammar, &prior) {
            cases.entry(Decision::Rule(owner)).or_default().push(&row, rule, prior);
        }
    }
}

/// The non-terminal that these rules make.
fn owner(grammar: &Grammar, rules: &[(usize, f64)]) -> Option<usize> {
    let first = rules.first()?.0;
    grammar.nonterminals.iter().position(|nonterminal| nonterminal.rules.contains(&first))
}

/// Features as forests take them.
struct Numbers {
    /// Of the outcome, and the largest and the mean of each number of pairs.
    whole: Vec<f32>,
    features: Features,
}

impl Numbers {
    fn of(table: &Table) -> Numbers {
        let features = Features::of(table);
        let mut whole = outcome_numbers(&table.schema, &features);
        let count = features.pairs.len().max(1) as f32;
        for place in 0..PAIR {
            let own = features.pairs.iter().map(|pair| pair[place]);
            whole.push(own.clone().map(f32::abs).fold(0.0, f32::max));
            whole.push(own.sum::<f32>() / count);
        }
        Numbers { whole, features }
    }

    /// The whole, and the numbers of these columns, the first few of them.
    fn of_columns(&self, columns: &[usize]) -> Vec<f32> {
        let mut row = self.whole.clone();
        let seen = &columns[..columns.len().min(COLUMNS)];
        for column in seen {
            row.extend(self.features.columns[*column]);
            row.extend(self.features.pairs[*column]);
        }
        row.resize(self.whole.len() + COLUMNS * (COLUMN + PAIR), 0.0);
        row
    }
}
