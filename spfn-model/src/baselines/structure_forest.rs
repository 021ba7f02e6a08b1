//! A random forest that tells structures, and families, from features.

use super::forest::{Examples, Forest, ForestOptions, Shares};
use super::structure::{Slots, structure_of};
use super::{Baseline, BaselineError, Posterior, language};
use crate::features::{COLUMN, Features, OUTCOME, PAIR};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::{Derivation, Grammar, Outcome, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// Forests of structures and of families, grown on pairs.
pub struct StructureForest {
    grammar: Arc<Grammar>,
    slots: Slots,
    /// Over slots.
    structures: Vec<Derivation>,
    of_structures: Forest,
    /// Its classes are the rules that structures begin with.
    of_families: Forest,
    prior_weight: f64,
}

impl StructureForest {
    /// Grows both forests. Votes are smoothed towards the prior, with the weight that makes the structures of the pairs likeliest in the trees that were
    /// grown without them.
    ///
    /// # Errors
    /// Too few pairs, or a table that the grammar has no program for.
    pub fn fit(
        grammar: Arc<Grammar>,
        pairs: &[(Table, Derivation)],
        options: &ForestOptions,
    ) -> Result<StructureForest, BaselineError> {
        if pairs.len() < 2 {
            return Err(BaselineError::TooFewPairs);
        }
        let slots = Slots::for_schemas(pairs.iter().map(|(table, _)| &table.schema));
        let width = width(&slots);
        let (mut by_structure, mut by_family) = (Examples::new(width), Examples::new(width));
        let (mut structures, mut classes) = (Vec::new(), HashMap::new());
        let mut priors = Vec::with_capacity(pairs.len());
        for (table, derivation) in pairs {
            let structure = structure_of(derivation);
            let prior = structure.log_probability(&language(&grammar, table)?);
            priors.push(prior.map_or(0.0, |log| log.structure.exp()));
            // there is a slot for each column of each schema
            let of_slots = slots.of_structure(&table.schema, &structure).unwrap_or(structure);
            let class = *classes.entry(of_slots).or_insert_with_key(|own| {
                structures.push(own.clone());
                structures.len() - 1
            });
            let row = row(&slots, &table.schema, &Features::of(table));
            by_structure.push(&row, class);
            by_family.push(&row, derivation.root.rule);
        }
        let (of_structures, honest) = Forest::grow(&by_structure, options);
        let (of_families, _) = Forest::grow(&by_family, options);
        let mut forest = StructureForest { grammar, slots, structures, of_structures, of_families, prior_weight: 1.0 };
        let mut cases = Vec::with_capacity(pairs.len());
        for (row, ((table, _), shares)) in pairs.iter().zip(honest).enumerate() {
            let possible = forest.possible(&language(&forest.grammar, table)?, &table.schema, shares);
            let all: f64 = possible.iter().map(|(_, _, share)| share).sum();
            let own = possible.iter().find(|(class, _, _)| *class == by_structure.class(row));
            cases.push((own.map_or(0.0, |(_, _, share)| share / all), priors[row]));
        }
        forest.prior_weight = prior_weight(&cases);
        Ok(forest)
    }

    /// Classes that a schema can have, as structures of it.
    fn possible(&self, language: &Language<'_>, schema: &Schema, shares: Shares) -> Vec<(usize, Derivation, f64)> {
        let one = |(class, share): (usize, f64)| {
            let structure = self.slots.to_structure(schema, &self.structures[class])?;
            is_of(language, &structure).then_some((class, structure, share))
        };
        shares.into_iter().filter_map(one).collect()
    }

    /// How much of every probability is the prior's.
    pub fn prior_weight(&self) -> f64 {
        self.prior_weight
    }

    /// How many structures have been seen.
    pub fn classes(&self) -> usize {
        self.structures.len()
    }

    /// Probabilities of families, by the rule that a structure begins with: those that the table can have.
    ///
    /// # Errors
    /// The grammar has no program for the table.
    pub fn families(&self, table: &Table) -> Result<Shares, BaselineError> {
        let language = language(&self.grammar, table)?;
        let options = language.options(self.grammar.start);
        let votes = self.of_families.shares(&self.row(table));
        let all: f64 = options.iter().map(|(rule, _)| share_of(&votes, *rule)).sum();
        let own = |rule: usize, prior: f64| {
            let vote = if all > 0.0 { share_of(&votes, rule) / all } else { prior };
            (rule, (1.0 - self.prior_weight) * vote + self.prior_weight * prior)
        };
        Ok(options.iter().map(|(rule, prior)| own(*rule, *prior)).collect())
    }

    fn row(&self, table: &Table) -> Vec<f32> {
        row(&self.slots, &table.schema, &Features::of(table))
    }
}

impl Baseline for StructureForest {
    fn name(&self) -> &'static str {
        "random forest"
    }

    fn posterior(&self, table: &Table) -> Result<Posterior, BaselineError> {
        let language = language(&self.grammar, table)?;
        let votes = self.of_structures.shares(&self.row(table));
        let possible = self.possible(&language, &table.schema, votes);
        let weighted = possible.into_iter().map(|(_, structure, share)| (structure, share)).collect();
        Ok(Posterior::mixed(weighted, self.prior_weight, &language))
    }
}

fn is_of(language: &Language<'_>, structure: &Derivation) -> bool {
    structure.log_probability(language).is_some_and(|log| log.structure.is_finite())
}

pub fn share_of(shares: &Shares, class: usize) -> f64 {
    shares.binary_search_by_key(&class, |(own, _)| *own).map_or(0.0, |place| shares[place].1)
}

/// The weight of the prior in mixtures of votes and prior that makes what is so likeliest: a few steps of the EM algorithm.
pub fn prior_weight(cases: &[(f64, f64)]) -> f64 {
    let mut weight = 0.5;
    for _ in 0..100 {
        let share = |(vote, prior): &(f64, f64)| {
            let own = weight * prior;
            if own > 0.0 { own / (own + (1.0 - weight) * vote) } else { 0.0 }
        };
        weight = (cases.iter().map(share).sum::<f64>() / cases.len() as f64).clamp(1e-3, 1.0);
    }
    weight
}

/// The kind of the outcome, and its numbers.
pub fn outcome_numbers(schema: &Schema, features: &Features) -> Vec<f32> {
    let kind = Outcome::ALL.map(|outcome| f32::from(u8::from(outcome == schema.outcome)));
    kind.into_iter().chain(features.outcome).collect()
}

/// Numbers of a column, and whether it is there.
const SLOT: usize = COLUMN + PAIR + 1;

fn width(slots: &Slots) -> usize {
    Outcome::ALL.len() + OUTCOME + slots.len() * SLOT
}

/// The kind of the outcome, its numbers, and those of the columns in their slots; 0 where there is none.
fn row(slots: &Slots, schema: &Schema, features: &Features) -> Vec<f32> {
    let mut row = outcome_numbers(schema, features);
    row.resize(width(slots), 0.0);
    for (place, slot) in slots.of_columns(schema).into_iter().enumerate() {
        let Some(slot) = slot else { continue };
        let own = &mut row[Outcome::ALL.len() + OUTCOME + slot * SLOT..][..SLOT];
        own[0] = 1.0;
        own[1..=COLUMN].copy_from_slice(&features.columns[place]);
        own[COLUMN + 1..].copy_from_slice(&features.pairs[place]);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_of_the_prior_is_the_likeliest_one() {
        // votes that are right two times in three, and a prior that is always 0.2: (2 / 3) ln(1 - 0.8 w) + (1 / 3) ln(0.2 w)
        let weight = prior_weight(&[(1.0, 0.2), (1.0, 0.2), (0.0, 0.2)]);
        assert!((weight - 1.0 / 2.4).abs() < 1e-6, "{weight}");
        // votes that are never right
        assert!(prior_weight(&[(0.0, 0.1); 4]) > 0.999);
        assert!(prior_weight(&[(0.9, 0.1); 4]) < 0.01);
    }
}
