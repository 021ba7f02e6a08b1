//! Whether derivations are sampled as often as their probabilities say: `frequencies GRAMMAR COUNT [COMMONEST]`
//!
//! Pearson's chi-squared of the commonest derivations and all the others together, for a table of each kind of outcome.

use ppl_corpus::choices::Language;
use ppl_corpus::{Derivation, Grammar, Outcome, Schema, best_first};
use rand::SeedableRng;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::HashMap;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let grammar = Grammar::load(&arguments[0]).unwrap_or_else(|error| panic!("{error}"));
    let (count, commonest) = (number(1, 1_000_000), number(2, 1000));
    for outcome in Outcome::ALL.into_iter().filter(|outcome| grammar.has_outcome(*outcome)) {
        let schema = Schema::new(outcome, 3, 1, true);
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let top: Vec<(Derivation, f64)> = best_first(&language).take(commonest).collect();
        let places: HashMap<&Derivation, usize> = top.iter().enumerate().map(|(place, (d, _))| (d, place)).collect();
        let mut seen = vec![0_u32; top.len() + 1];
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        for _ in 0..count {
            let derivation = language.sample(&mut rng);
            seen[places.get(&derivation).copied().unwrap_or(top.len())] += 1;
        }
        let mut p: Vec<f64> = top.iter().map(|(_, log)| log.exp()).collect();
        p.push(1.0 - p.iter().sum::<f64>());
        let cells = p.iter().zip(&seen).map(|(p, seen)| (p * count as f64, f64::from(*seen)));
        let (mut statistic, mut used, mut least) = (0.0, 0_u32, f64::INFINITY);
        // (grammars with fewer derivations leave nothing for the others)
        for (expected, seen) in cells.filter(|(expected, _)| *expected > 1.0) {
            statistic += (seen - expected) * (seen - expected) / expected;
            used += 1;
            least = least.min(expected);
        }
        let tail = 1.0 - ChiSquared::new(f64::from(used.max(2) - 1)).map_or(f64::NAN, |law| law.cdf(statistic));
        println!(
            "{:12} {} commonest have {:.3} of the probability; chi-squared {statistic:.0} in {used} cells, least expected {least:.1}, p = {tail:.3}",
            outcome.word(),
            top.len(),
            p[..top.len()].iter().sum::<f64>()
        );
    }
}
