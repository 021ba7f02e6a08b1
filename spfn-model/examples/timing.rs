//! Where the time of a step goes, on one thread: drawing examples, forward and backward passes of 32 examples of middle size.

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use ppl_corpus::Grammar;
use spfn_model::actions::Vocabulary;
use spfn_model::batch::Batch;
use spfn_model::config::Config;
use spfn_model::network::Network;
use spfn_model::source::Source;
use std::sync::Arc;
use std::time::Instant;

fn time(name: &str, mut f: impl FnMut()) {
    f();
    let begin = Instant::now();
    for _ in 0..10 {
        f();
    }
    println!("{name}: {:.2} ms", begin.elapsed().as_secs_f64() * 100.0);
}

fn main() {
    let config = Config::exact();
    let grammar = Arc::new(Grammar::shipped("exact").unwrap());
    let vocabulary = Vocabulary::new(&grammar);
    let mut source = Source::training(&config, &grammar, 0, 1).unwrap();
    let begin = Instant::now();
    for _ in 0..10 {
        source.step().unwrap();
    }
    println!("source: {:.2} ms a step", begin.elapsed().as_secs_f64() * 100.0);
    let mut examples = source.step().unwrap();
    examples.sort_by_key(|e| e.cost());
    let inputs: Vec<_> = examples[examples.len() / 2 - 16..examples.len() / 2 + 16].iter().collect();
    fn go<B: Backend>(
        name: &str,
        config: &Config,
        vocabulary: &Vocabulary,
        inputs: &[&spfn_model::example::Example],
    ) -> (Network<B>, Batch<B>) {
        let device = Default::default();
        let network = Network::<B>::new(&config.network, vocabulary, &device);
        let batch = Batch::<B>::new(inputs, vocabulary.places(), &device);
        println!(
            "{name}: cells {:?} candidates {:?} questions {:?}",
            batch.tables.cells.dims(),
            batch.programs.items.dims(),
            batch.programs.questions.dims()
        );
        time("batch", || {
            let _ = Batch::<B>::new(inputs, vocabulary.places(), &device);
        });
        time("encode", || {
            let _ = network.encode(&batch.tables).tokens.into_data();
        });
        let memory = network.encode(&batch.tables);
        time("decode", || {
            let _ = network.decode(&memory, &batch.programs).into_data();
        });
        (network, batch)
    }
    go::<Flex>("flex", &config, &vocabulary, &inputs);
    let (network, batch) = go::<Autodiff<Flex>>("autodiff", &config, &vocabulary, &inputs);
    time("forward", || {
        let _ = network.loss(&batch).into_data();
    });
    time("forward and backward", || {
        let _ = network.loss(&batch).backward();
    });
    let memory = network.encode(&batch.tables);
    time("encode, backward", || {
        let _ = network.encode(&batch.tables).tokens.sum().backward();
    });
    let _ = memory;
}
