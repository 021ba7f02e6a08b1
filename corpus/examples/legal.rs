//! Measures what decoding asks for: `legal GRAMMAR [DERIVATIONS]` prints the time of a call of `legal()` with all its actions read.

use ppl_corpus::choices::{Choices, Language};
use ppl_corpus::{Grammar, Schema};
use rand::SeedableRng;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let grammar = Grammar::load(arguments.first().map_or("wide", String::as_str)).unwrap_or_else(|e| panic!("{e}"));
    let count: usize = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(2000);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let (mut calls, mut actions, mut total) = (0_u64, 0_u64, 0.0);
    let (mut inside, mut whole) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    for _ in 0..count {
        let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let derivation = language.sample(&mut rng);
        let Some(path) = derivation.actions(&language) else { continue };
        let start = std::time::Instant::now();
        let mut choices = Choices::new(&language);
        for action in path {
            // so often that the clock does not count
            let start = std::time::Instant::now();
            for _ in 0..REPEATS {
                for (_, p) in std::hint::black_box(&choices).legal() {
                    total += p;
                    actions += 1;
                }
            }
            inside += start.elapsed();
            calls += REPEATS;
            choices.take(action);
        }
        whole += start.elapsed();
    }
    let nanoseconds = |d: std::time::Duration| d.as_secs_f64() * 1e9;
    println!(
        "{calls} calls of legal(): {:.0} ns each, {:.1} actions each, of {:.3} probability each",
        nanoseconds(inside) / calls as f64,
        actions as f64 / calls as f64,
        total / calls as f64
    );
    println!("a derivation walked through: {:.0} ns", nanoseconds(whole - inside) / count as f64);
}

const REPEATS: u64 = 50;
