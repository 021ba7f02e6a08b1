//! Makes of a training what ships: `ship TRAINING.safetensors OUT.safetensors [TABLES]`. Weights in half precision, with what tables of the
//! training look like, from so many (60,000) simulated tables.

use burn::backend::Flex;
use ppl_corpus::Grammar;
use spfn_model::actions::Vocabulary;
use spfn_model::checkpoint::{Stored, read_weights, write_release};
use spfn_model::evaluate::Labels;
use spfn_model::familiar::Familiar;
use spfn_model::network::Network;
use spfn_model::parameters::Layout;
use std::path::PathBuf;

/// Where the numbers of these tables begin: no evaluation gets so far.
const FROM: u64 = 1 << 40;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = &arguments[..] else { panic!("ship TRAINING.safetensors OUT.safetensors [TABLES]") };
    let tables: u64 = rest.first().map_or(60_000, |count| count.parse().expect("a number"));
    let stored = Stored::read(&PathBuf::from(from)).unwrap();
    let config = &stored.header.config;
    let grammar = Grammar::load(&config.data.grammar).unwrap();
    stored.check(&grammar).unwrap();
    let network = Network::<Flex>::new(&config.network, &Vocabulary::new(&grammar), &Default::default());
    let layout = Layout::of::<Flex, _>(&network);
    let weights = read_weights::<Flex>(&stored, &layout, &Default::default()).unwrap();
    let familiar = Familiar::of(&Labels::new(config, &grammar), FROM..FROM + tables).unwrap();
    write_release(&PathBuf::from(to), &stored.header, &layout, &weights, &familiar.numbers()).unwrap();
    println!(
        "{} weights after {} steps, {} bytes",
        layout.len(),
        stored.header.steps,
        std::fs::metadata(to).unwrap().len()
    );
}
