//! Draws labels (programs, and tables that they made), and asks whether exact posteriors are calibrated on them:
//! `labels STRATUM COUNT [--seed S] [--minutes M] [--mutants]`
//!
//! Stops after COUNT labels, or after M minutes. Prints the figures of calibration, those of two mutants on request, the entropy of posteriors, how many programs compete, and the time.

use ppl_corpus::{Grammar, stream::Ordered};
use ppl_exact::calibration::Calibration;
use ppl_exact::{Exact, Posterior, Stratum};
use ppl_grammar::source::SourceMap;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Instant;

const TEXT: &str = include_str!("../../grammar/models/exact.grammar");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(stratum), Some(count)) = (
        arguments.first().and_then(|word| Stratum::read(word)),
        arguments.get(1).and_then(|word| word.parse::<usize>().ok()),
    ) else {
        println!("usage: labels real|count|binary|positive COUNT [--seed S] [--minutes M] [--mutants]");
        return;
    };
    let option = |name: &str| arguments.iter().position(|word| word == name).and_then(|place| arguments.get(place + 1));
    let seed: u64 = option("--seed").and_then(|word| word.parse().ok()).unwrap_or(1);
    let minutes: f64 = option("--minutes").and_then(|word| word.parse().ok()).unwrap_or(f64::INFINITY);
    let begin = Instant::now();
    let mutants = arguments.iter().any(|word| word == "--mutants");
    let read = |text: String| {
        Grammar::new(SourceMap::from_text("exact.grammar", text)).unwrap_or_else(|error| panic!("{error}"))
    };
    let grammar = Arc::new(read(TEXT.to_string()));
    let wrong = read(TEXT.replace("role slope = 0.5", "role slope = 1"));
    let (exact, other) = (Exact::new(&grammar), Exact::new(&wrong));

    // made on a thread of their own: posteriors are what takes the time
    let source = Arc::clone(&grammar);
    let pairs = Ordered::new(0..u64::MAX, 1, move |number| {
        stratum.pair(&source, seed, number).unwrap_or_else(|error| panic!("{error}"))
    });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut own, mut log_two, mut grade) = (Calibration::default(), Calibration::default(), Calibration::default());
    let (mut entropies, mut competitors, mut plausible) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rejected, mut failed, mut seconds) = (0, 0, Vec::new());
    for made in pairs {
        let Some(sample) = made.samples.into_iter().next() else {
            rejected += 1;
            continue;
        };
        let start = Instant::now();
        let posterior = match exact.posterior(&sample.table) {
            Ok(posterior) => posterior,
            Err(error) => {
                failed += 1;
                println!("{error}");
                continue;
            }
        };
        seconds.push(start.elapsed().as_secs_f64());
        own.add(&posterior, &made.derivation, &mut rng);
        entropies.push(posterior.entropy());
        competitors.push(posterior.entries.len() as f64);
        plausible.push(posterior.entries.iter().filter(|entry| entry.probability > 0.01).count() as f64);
        if mutants {
            log_two.add(&without_log_two(&exact, &posterior, &sample.table), &made.derivation, &mut rng);
            // a wrong program may fit so badly that its evidence cannot be had
            match other.posterior(&sample.table) {
                Ok(of_other) => grade.add(&of_other, &made.derivation, &mut rng),
                Err(error) => println!("the mutant: {error}"),
            }
        }
        if own.labels() == count || begin.elapsed().as_secs_f64() > 60.0 * minutes {
            break;
        }
    }
    println!("{}: {rejected} tables were not kept, {failed} posteriors failed", stratum.word());
    println!("exact: {}", own.report(seed));
    for production in own.report(seed).productions.iter().filter(|own| own.score != 0.0) {
        println!(
            "  {:24} {:.4} of labels, probability {:.4}, {:+.2} standard errors",
            grammar.rules[production.rule].name, production.frequency, production.probability, production.score
        );
    }
    if mutants {
        println!("without log 2: {}", log_two.report(seed));
        println!("slopes of scale 1: {}", grade.report(seed));
    }
    let total: f64 = seconds.iter().sum();
    println!(
        "entropy {:.3} nats (median); {:.0} programs compete (at least {:.0}), {:.0} have more than 1 % (medians)",
        quantile(&mut entropies, 0.5),
        quantile(&mut competitors, 0.5),
        quantile(&mut competitors, 0.0),
        quantile(&mut plausible, 0.5)
    );
    println!(
        "{:.2} ms a posterior (mean), {:.2} ms (median), {:.2} ms (95 %)",
        1e3 * total / seconds.len() as f64,
        1e3 * quantile(&mut seconds, 0.5),
        1e3 * quantile(&mut seconds, 0.95)
    );
}

/// A mutant: a parameter without a statement of its prior counts as if the integral over its range were 1.
fn without_log_two(exact: &Exact, posterior: &Posterior, table: &ppl_corpus::pair::table::Table) -> Posterior {
    let models = exact.models(&table.schema, table.rows()).unwrap_or_else(|error| panic!("{error}"));
    posterior.reweighted(|place| if models[place].correlation.is_some() { 2f64.ln() } else { 0.0 })
}

fn quantile(x: &mut [f64], p: f64) -> f64 {
    x.sort_unstable_by(f64::total_cmp);
    ppl_corpus::pair::units::quantile(x, p)
}
