//! Samples derivations and counts what becomes of them: `derivations GRAMMAR COUNT [--show]`

use ppl_canonical::{Level, Options, canonicalise};
use ppl_corpus::{Grammar, Schema, choices::Language, program};
use rand::SeedableRng;
use std::collections::HashMap;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let grammar = match Grammar::load(&arguments[1]) {
        Ok(grammar) => grammar,
        Err(error) => {
            println!("{error}");
            return;
        }
    };
    let count: usize = arguments[2].parse().unwrap_or(10);
    let show = arguments.iter().any(|a| a == "--show");
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let (mut good, mut canonical, mut ambiguous) = (0, 0, 0);
    let mut structures = HashMap::new();
    let mut texts: HashMap<(Schema, String), ppl_corpus::Derivation> = HashMap::new();
    let mut size = 0;
    let start = std::time::Instant::now();
    for number in 0..count {
        let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let derivation = language.sample(&mut rng);
        size += derivation.size();
        let log = derivation.log_probability(&language);
        match program(&grammar, &schema, &derivation) {
            Ok(made) => {
                good += 1;
                if show {
                    println!("// {number}: log P = {log:?}\n{}", made.text);
                }
                let again = ppl_program::check(&made.program).map(|checked| {
                    canonicalise(&checked.program, Options { level: Level::Law, data_names: true }).map(|c| c.text)
                });
                match again {
                    Ok(Ok(text)) if text == made.text => canonical += 1,
                    Ok(Ok(text)) => println!("not canonical:\n{}\n-- again\n{text}", made.text),
                    _ => println!("not again:\n{}", made.text),
                }
                if let Some(other) = texts.insert((schema.clone(), made.text.clone()), derivation.clone())
                    && other != derivation
                {
                    ambiguous += 1;
                    if ambiguous < 4 {
                        println!("ambiguous: {other:?}\n{derivation:?}\n{}", made.text);
                    }
                }
                *structures.entry(made.text).or_insert(0) += 1;
            }
            Err(error) => println!("{error}"),
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{count} derivations: {good} valid, {canonical} canonical, {} texts, {ambiguous} ambiguous, mean size {:.2}, {:.0}/s",
        structures.len(),
        size as f64 / count as f64,
        count as f64 / seconds
    );
}
