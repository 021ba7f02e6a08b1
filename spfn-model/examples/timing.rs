//! Where the time of a step goes, on one thread: drawing examples, forward and backward passes of 32 examples of middle size.
//!
//! `timing --training THREADS [STEPS] [--posterior]` times the first steps of a training instead, the best of several passes over each, and prints
//! JSON: milliseconds per 32 examples of making tensors, of a forward pass, and of a forward and a backward pass, micro-batches side by side on so
//! many threads; then examples a second of whole steps, and of whole steps while examples are drawn.

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::{AutodiffBackend, Backend};
use ppl_corpus::Grammar;
use spfn_model::actions::Vocabulary;
use spfn_model::batch::Batch;
use spfn_model::config::Config;
use spfn_model::example::Example;
use spfn_model::network::Network;
use spfn_model::source::Source;
use spfn_model::train::{Progress, Training, by_cost};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    let (options, arguments): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |option: &str| options.iter().any(|own| own == option);
    let number = |place: usize| arguments.get(place).map(|a| a.parse().expect("a number"));
    match has("--training") {
        true => training(number(0).unwrap_or(1), number(1).unwrap_or(4), has("--posterior")),
        false => parts(),
    }
}

/// Of so many passes the fastest counts: other load only ever adds time.
const PASSES: usize = 10;
/// Steps that are made while examples are drawn.
const DRAWN: usize = 30;

fn training(threads: usize, steps: usize, posterior: bool) {
    let mut config = Config::exact();
    config.training.posterior = if posterior { 1.0 } else { 0.0 };
    let grammar = Grammar::shipped("exact").unwrap();
    let mut source = Source::training(&config, &Arc::new(grammar.clone()), 0, threads).unwrap();
    let examples: Vec<Vec<Example>> = (0..steps).map(|_| source.step().unwrap()).collect();
    drop(source);
    let count: usize = examples.iter().map(Vec::len).sum();
    let (made, forward) =
        passes::<Flex>(&config, &grammar, threads, &examples, |network, batch| drop(network.loss(batch).into_data()));
    let (_, both) = passes::<Autodiff<Flex>>(&config, &grammar, threads, &examples, |network, batch| {
        drop(network.loss(batch).backward());
    });
    let folder = std::env::temp_dir().join(format!("spfn-timing-{}", std::process::id()));
    let (step, drawn) = steps_of::<Autodiff<Flex>>(&config, grammar, &folder, threads, &examples);
    std::fs::remove_dir_all(&folder).unwrap();
    let of_32 = |seconds: f64| 1e3 * seconds * 32.0 / count as f64;
    let figures = serde_json::json!({
        "threads": threads,
        "examples": count,
        "steps": steps,
        "batch_ms": of_32(made),
        "forward_ms": of_32(forward),
        "both_ms": of_32(both),
        "examples_per_s": count as f64 / step,
        "examples_per_s_drawn": drawn,
    });
    println!("{figures}");
}

/// Seconds of making the tensors of all micro-batches on one thread, and of a function of them, micro-batches of a step side by side.
fn passes<B: Backend>(
    config: &Config,
    grammar: &Grammar,
    threads: usize,
    steps: &[Vec<Example>],
    function: impl Fn(&Network<B>, &Batch<B>) + Sync,
) -> (f64, f64) {
    let (vocabulary, device) = (Vocabulary::new(grammar), B::Device::default());
    // each thread has a replica, as in a training
    let replicas: Vec<Network<B>> = (0..threads).map(|_| Network::new(&config.network, &vocabulary, &device)).collect();
    let (mut made, mut passed) = (0.0, 0.0);
    for examples in steps {
        let order = by_cost(examples);
        let batches = || -> Vec<Batch<B>> {
            let parts = order.chunks(config.training.micro_batch);
            parts.map(|part| Batch::new(part, vocabulary.places(), &device)).collect()
        };
        made += best(&batches);
        let batches = batches();
        passed += best(|| {
            let next = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for network in &replicas {
                    scope.spawn(|| {
                        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                            function(network, batch);
                        }
                    });
                }
            });
        });
    }
    (made, passed)
}

/// Seconds of all whole steps, and examples a second of others while examples are drawn.
fn steps_of<B: AutodiffBackend>(
    config: &Config,
    grammar: Grammar,
    folder: &std::path::Path,
    threads: usize,
    steps: &[Vec<Example>],
) -> (f64, f64) {
    let mut training = Training::<B>::open(config.clone(), grammar, folder, B::Device::default(), threads).unwrap();
    let mut whole = 0.0;
    for examples in steps {
        whole += best(|| training.learn(examples).unwrap());
    }
    let (mut made, mut count, mut seconds) = (0, 0, 0.0);
    let mut observe = |progress: &Progress| {
        // the first step waits for all of its examples, later ones for what was not drawn meanwhile
        if made > 0 {
            count += progress.examples;
            seconds += progress.seconds;
        }
        made += 1;
        if made > DRAWN { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    training.run(&mut observe).unwrap();
    (whole, count as f64 / seconds)
}

fn best<T>(mut function: impl FnMut() -> T) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..PASSES {
        let begin = Instant::now();
        function();
        least = least.min(begin.elapsed().as_secs_f64());
    }
    least
}

fn parts() {
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
        inputs: &[&Example],
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
