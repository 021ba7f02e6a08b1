//! Compares evidences with bridge sampling and with plain quadrature: `evidences COUNT [--seed S] [--draws D]`
//!
//! Each is of a program drawn uniformly from those of a table's schema, strata in turn.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{Bound, bridge, grammar, second};
use ppl_exact::{Data, Exact, Settings, Stratum, evidence};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// A standard error of a quarter of what is asked for.
const SETTINGS: Settings = Settings { tolerance: 0.005, points: 1 << 18, nodes: 11 };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|word| word == name).and_then(|place| arguments.get(place + 1));
    let number = |word: Option<&String>, default: u64| word.and_then(|word| word.parse().ok()).unwrap_or(default);
    let (count, seed) = (number(arguments.first(), 10), number(option("--seed"), 1));
    let draws = number(option("--draws"), 2000) as usize;
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let (mut by_bridge, mut by_quadrature) = (Vec::new(), Vec::new());
    let (mut label, mut made_count) = (0, 0);
    while made_count < count {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(label);
        let stratum = Stratum::ALL[made_count as usize % 4];
        let made = stratum.pair(&grammar, seed, label).unwrap_or_else(|error| panic!("{error}"));
        label += 1;
        let Some(sample) = made.samples.into_iter().next() else { continue };
        made_count += 1;
        let table = sample.table;
        let data = Data::new(&table).unwrap_or_else(|error| panic!("{error}"));
        let programs = exact.programs(&table.schema).unwrap_or_else(|error| panic!("{error}"));
        let place = rng.random_range(0..programs.len());
        let model = &exact.models(&table.schema, table.rows()).unwrap_or_else(|error| panic!("{error}"))[place];
        let start = Instant::now();
        let own = evidence(model, &data, &SETTINGS).unwrap_or_else(|error| panic!("{error}"));
        let seconds = start.elapsed().as_secs_f64();
        let (other, error) = bridge(&Bound::canonical(&grammar, &programs[place].0, &table), draws, seed);
        by_bridge.push((own.log - other, error));
        let quadrature = second::evidence(model, &data);
        by_quadrature.extend(quadrature.map(|quadrature| own.log - quadrature));
        println!(
            "{:10.4} +- {:.4} ({:.2} ms); bridge {:+.4} +- {error:.4}; quadrature {}; {} rows, {:?}, {} terms, {:?}",
            own.log,
            own.error,
            1e3 * seconds,
            own.log - other,
            quadrature.map_or("none".to_string(), |quadrature| format!("{:+.5}", own.log - quadrature)),
            data.rows(),
            model.family,
            model.terms.len(),
            model.effect
        );
    }
    let worst = |all: &mut dyn Iterator<Item = f64>| all.map(f64::abs).fold(0.0, f64::max);
    let within = |far: f64| by_bridge.iter().filter(|own| own.0.abs() <= far).count();
    println!(
        "bridge sampling: {} evidences, {} within 0.02 nat, {} within 0.05; farthest {:.4} nat and {:.2} standard errors of bridge sampling",
        by_bridge.len(),
        within(0.02),
        within(0.05),
        worst(&mut by_bridge.iter().map(|own| own.0)),
        worst(&mut by_bridge.iter().map(|own| own.0 / own.1)),
    );
    let close = by_quadrature.iter().filter(|own| own.abs() <= 0.02).count();
    println!(
        "quadrature: {} evidences, {close} within 0.02 nat; farthest {:.4}",
        by_quadrature.len(),
        worst(&mut by_quadrature.iter().copied())
    );
}
