use burn::backend::{Autodiff, Flex};
use ppl_corpus::Grammar;
use spfn_model::config::Config;
use spfn_model::train::Training;
use std::ops::ControlFlow;
use std::path::Path;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let config = Config::read(Path::new(&args[1])).unwrap_or_else(|e| panic!("{e}"));
    let grammar = Grammar::load(&config.data.grammar).unwrap_or_else(|e| panic!("{e}"));
    let mut training = Training::<Autodiff<Flex>>::open(
        config,
        grammar,
        Path::new(&args[2]),
        Default::default(),
        args[3].parse().unwrap(),
    )
    .unwrap_or_else(|e| panic!("{e}"));
    println!("{} weights", training.weights());
    let done = training.run(&mut |p| {
        if p.step % 20 == 0 || p.validation.is_some() {
            println!(
                "{} loss {:.3} prior {:.3} norm {:.2} {} ex, {:.3} s: {:.3} waiting, {:.3} passes {:?}",
                p.step,
                p.loss,
                p.prior,
                p.gradient,
                p.examples,
                p.seconds,
                p.waiting,
                p.passes,
                p.validation.map(|v| (v.loss, v.prior))
            );
        }
        ControlFlow::Continue(())
    });
    println!("{done:?}");
}
