//! A small network with random weights, and tables to read.

#![allow(dead_code)]

use burn::backend::Flex;
use burn::tensor::{Distribution, Tensor};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Derivation, Grammar};
use spfn_model::actions::{Candidates, Vocabulary};
use spfn_model::config::{Config, Size};
use spfn_model::decode::Decoding;
use spfn_model::example::TableInput;
use spfn_model::network::Network;
use spfn_model::parameters::{Flat, Layout};

pub type B = Flex;

pub fn tiny() -> Size {
    Size {
        rows: 64,
        columns: 6,
        cell_width: 8,
        inducing: 3,
        cell_layers: 1,
        pooled: 2,
        width: 16,
        heads: 2,
        column_layers: 1,
        decoder_layers: 1,
    }
}

/// A configuration that is trained in a moment.
pub fn config(steps: usize) -> Config {
    let mut config = Config::exact();
    config.network = tiny();
    config.data.rows = [5, 12];
    config.data.examples = 2;
    config.training.steps = steps;
    config.training.batch = 8;
    config.training.micro_batch = 3;
    config.training.warm_up = 2;
    config.training.checkpoint = 3;
    config.training.validation = 8;
    config
}

pub struct Random {
    pub grammar: Grammar,
    pub vocabulary: Vocabulary,
    pub size: Size,
    pub network: Network<B>,
}

impl Random {
    /// All weights drawn, those too that begin at 0: such a network is far from the prior.
    pub fn new(size: Size) -> Random {
        let grammar = Grammar::shipped("exact").unwrap();
        let vocabulary = Vocabulary::new(&grammar);
        let device = Default::default();
        let network = Network::<B>::new(&size, &vocabulary, &device);
        let layout = Layout::of::<B, _>(&network);
        let weights = layout.gather::<B, _>(&network);
        let noise = Distribution::Normal(0.0, 0.3);
        let weights = Flat(weights.0.map(|group| {
            let noise = Tensor::random(group.shape(), noise, &device);
            group + noise
        }));
        let network = layout.scatter(network, &weights);
        Random { grammar, vocabulary, size, network }
    }

    /// How many choices make a program.
    pub fn steps(&self, table: &Table, derivation: &Derivation) -> usize {
        let language = Language::new(&self.grammar, &table.schema).unwrap();
        Candidates::new(&self.vocabulary, &language).steps(derivation).unwrap().len()
    }

    pub fn with<T>(&self, table: &Table, function: impl FnOnce(&Decoding<'_, '_, B>, &Language<'_>) -> T) -> T {
        let input = TableInput::of(&[table], &self.size).unwrap();
        let language = Language::new(&self.grammar, &table.schema).unwrap();
        let decoding = Decoding::new(&self.network, &self.vocabulary, &[(&language, &input)], &Default::default());
        function(&decoding, &language)
    }

    pub fn log_q(&self, table: &Table, derivation: &Derivation) -> f64 {
        self.with(table, |decoding, _| decoding.score(&[vec![derivation.clone()]])[0][0].unwrap())
    }

    /// A table of the benchmark with the program that made it.
    pub fn pair(&self, number: u64, rows: usize) -> (Table, Derivation) {
        let mut config = Config::exact();
        config.data.rows = [rows, rows];
        // until a table is kept
        (0..50)
            .find_map(|attempt| {
                let number = number + 4 * attempt;
                let options = PairOptions { tables: 1, ..config.data.pairs(6, 7, number) };
                let pair = pair(&self.grammar, &options, 7, number).unwrap();
                let table = pair.samples.into_iter().next()?.table;
                Some((table, pair.derivation))
            })
            .expect("a table that is kept")
    }
}
