//! Fine-tuning by reward: programs that predict well and are short become likelier. What comes of it proposes programs, and is no probability.
//!
//! The reward of a program is its predictive score, the log density that it gives to half of the rows (the later ones where there is time) given the
//! others, less a price for each production, less what log q has moved from the network that it began with. Programs are drawn from q as it is,
//! and their log q is raised by their reward less the mean reward of the others of the table (REINFORCE with leave-one-out baselines, Kool, van
//! Hoof and Welling 2019).

use crate::actions::{Candidates, Vocabulary};
use crate::config::{Config, Reward};
use crate::decode::{Decoding, Scored};
use crate::example::{Example, ProgramInput, TableInput};
use crate::network::Network;
use crate::source::SourceError;
use burn::tensor::backend::Backend;
use ppl_corpus::choices::Language;
use ppl_corpus::pair::pair;
use ppl_corpus::pair::table::Table;
use ppl_corpus::stream::Ordered;
use ppl_corpus::{ColumnKind, Derivation, Grammar};
use ppl_exact::{Exact, ExactError};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;

/// A table and how the network reads it.
type Read = (TableInput, Table);

/// Examples whose programs are drawn from the network and weighted by their rewards.
pub struct Rewards<B: Backend> {
    options: Reward,
    grammar: Arc<Grammar>,
    vocabulary: Vocabulary,
    exact: Exact,
    /// The network that it began with.
    base: Network<B>,
    tables: Ordered<Result<Vec<Read>, SourceError>>,
    pairs: usize,
    micro_batch: usize,
    seed: u64,
}

impl<B: Backend> Rewards<B> {
    /// From a step on; `workers` threads draw tables, one for each core where that is 0.
    pub fn new(
        config: &Config,
        options: Reward,
        grammar: &Arc<Grammar>,
        base: Network<B>,
        step: usize,
        workers: usize,
    ) -> Rewards<B> {
        let (size, data, own) = (config.network.clone(), config.data.clone(), Arc::clone(grammar));
        let pairs = config.training.batch.div_ceil(data.examples);
        let make = move |number| {
            let pair = pair(&own, &data.pairs(size.columns, data.seed, number), data.seed, number)?;
            let read = |table: Table| TableInput::of(&[&table], &size).ok().map(|input| (input, table));
            Ok(pair.samples.into_iter().filter_map(|sample| read(sample.table)).collect())
        };
        Rewards {
            options,
            grammar: Arc::clone(grammar),
            vocabulary: Vocabulary::new(grammar),
            exact: Exact::new(grammar),
            base,
            tables: Ordered::new((step * pairs) as u64..u64::MAX, workers, make),
            pairs,
            micro_batch: config.training.micro_batch,
            seed: config.data.seed,
        }
    }

    /// The examples of a step, and the mean predictive score of a row under the programs that were drawn, in nats.
    ///
    /// # Errors
    /// A fault of the grammar, or evidences that cannot be computed.
    pub fn step(
        &mut self,
        step: usize,
        network: &Network<B>,
        device: &B::Device,
    ) -> Result<(Vec<Example>, f64), SourceError> {
        let mut tables: Vec<Read> = Vec::new();
        for made in self.tables.by_ref().take(self.pairs) {
            tables.extend(made?);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(!self.seed);
        rng.set_stream(step as u64);
        let (mut examples, mut score, mut rows) = (Vec::new(), 0.0, 0);
        for part in tables.chunks(self.micro_batch) {
            let languages: Vec<Language<'_>> =
                part.iter().filter_map(|(_, table)| Language::new(&self.grammar, &table.schema)).collect();
            let cases: Vec<(&Language<'_>, &TableInput)> =
                languages.iter().zip(part).map(|(language, (input, _))| (language, input)).collect();
            let drawn = Decoding::new(network, &self.vocabulary, &cases, device).sample(self.options.samples, &mut rng);
            let programs: Vec<Vec<Derivation>> =
                drawn.iter().map(|own| own.iter().map(|(program, _)| program.clone()).collect()).collect();
            let before = Decoding::new(&self.base, &self.vocabulary, &cases, device).score(&programs);
            let split: Vec<(Table, usize)> = part.iter().map(|(_, table)| half(table, &mut rng)).collect();
            let scores: Vec<Vec<Option<f64>>> = part
                .par_iter()
                .zip(&split)
                .zip(&programs)
                .map(|(((_, table), (half, _)), programs)| self.scores(table, half, programs))
                .collect::<Result<_, _>>()?;
            for (case, (input, _)) in part.iter().enumerate() {
                let known = scores[case].iter().flatten();
                score += known.clone().sum::<f64>() / known.clone().count().max(1) as f64;
                rows += split[case].1;
                let rewards = self.rewards(&drawn[case], &before[case], &scores[case]);
                let candidates = Candidates::new(&self.vocabulary, &languages[case]);
                let arranged: Vec<(Derivation, f64)> = programs[case]
                    .iter()
                    .zip(advantages(&rewards))
                    .map(|(program, weight)| (input.arrangement.arranged(&self.grammar, program), weight))
                    .collect();
                let program = ProgramInput::tree(&candidates, &self.vocabulary, &arranged);
                examples.extend(program.map(|program| Example { input: input.clone(), program }));
            }
        }
        Ok((examples, score / rows.max(1) as f64))
    }

    /// Predictive scores of programs; `None` where an evidence is too hard.
    fn scores(&self, table: &Table, half: &Table, programs: &[Derivation]) -> Result<Vec<Option<f64>>, ExactError> {
        let one = |program: &Derivation| {
            let evidence = |table: &Table| match self.exact.evidence(program, table) {
                Ok(evidence) => Ok(Some(evidence.log)),
                Err(ExactError::NotConverged { .. }) => Ok(None),
                Err(error) => Err(error),
            };
            Ok(evidence(table)?.zip(evidence(half)?).map(|(all, half)| all - half))
        };
        programs.iter().map(one).collect()
    }

    fn rewards(&self, drawn: &[Scored], before: &[Option<f64>], scores: &[Option<f64>]) -> Vec<Option<f64>> {
        let one = |(((program, log_q), before), score): ((&Scored, &Option<f64>), &Option<f64>)| {
            let moved = log_q - (*before)?;
            Some((*score)? - self.options.length * program.size() as f64 - self.options.stay * moved)
        };
        drawn.iter().zip(before).zip(scores).map(one).collect()
    }
}

/// Half of the rows of a table, in their order, and how many others there are.
fn half(table: &Table, rng: &mut ChaCha8Rng) -> (Table, usize) {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    if table.schema.of_kind(ColumnKind::Time).next().is_none() {
        rows.shuffle(rng);
    }
    let others = rows.split_off(rows.len().div_ceil(2)).len();
    rows.sort_unstable();
    (table.with_rows(&rows), others)
}

/// Rewards less the mean of the others, by how many there are.
fn advantages(rewards: &[Option<f64>]) -> Vec<f64> {
    let known: Vec<f64> = rewards.iter().flatten().copied().collect();
    let (count, sum) = (known.len() as f64, known.iter().sum::<f64>());
    let one = |reward: &Option<f64>| match reward {
        Some(reward) if known.len() > 1 => (reward - (sum - reward) / (count - 1.0)) / count,
        _ => 0.0,
    };
    rewards.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advantages_are_against_the_others_and_add_up_to_nothing() {
        let own = advantages(&[Some(1.0), Some(4.0), None, Some(1.0)]);
        let expected = [-0.5, 1.0, 0.0, -0.5];
        assert!(own.iter().zip(expected).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12), "{own:?}");
        assert_eq!(advantages(&[Some(3.0)]), [0.0]);
    }
}
