//! Evidences agree with those of other methods.

mod common;

use common::{Bound, bridge, grammar, label, second};
use ppl_corpus::{ColumnKind, Outcome, Schema};
use ppl_exact::{Data, Exact, Settings, evidence};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Agreement is asked for to so many nats.
const CLOSE: f64 = 0.02;
/// A standard error of a quarter of that.
const SETTINGS: Settings = Settings { tolerance: 0.005, points: 1 << 18, nodes: 11 };

fn schemas() -> Vec<Schema> {
    let kinds = [(ColumnKind::Real, 2), (ColumnKind::Group, 1), (ColumnKind::Time, 1)];
    [Outcome::Real, Outcome::Count, Outcome::Binary, Outcome::Successes, Outcome::Positive]
        .map(|outcome| Schema::with(outcome, &kinds))
        .to_vec()
}

#[test]
fn evidences_agree_with_plain_quadrature() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    for (number, schema) in schemas().into_iter().enumerate() {
        let (_, table) = label(&grammar, &schema, 6..=12, 20 + number as u64);
        let data = Data::new(&table).unwrap();
        let models = exact.models(&schema, data.rows()).unwrap();
        for model in &models {
            if rng.random::<f64>() < 0.75 {
                continue;
            }
            let Some(expected) = second::evidence(model, &data) else { continue };
            let found = evidence(model, &data, &SETTINGS).unwrap_or_else(|error| panic!("{error}"));
            let difference = found.log - expected;
            println!("{:+.5} +- {:.5} {:.3} {:?} {:?}", difference, found.error, found.log, model.family, model.effect);
            assert!(difference.abs() < CLOSE, "{found:?} {expected}\n{model:?}");
        }
    }
}

#[test]
fn evidences_agree_with_bridge_sampling() {
    let grammar = grammar();
    let exact = Exact::new(&grammar);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for (number, schema) in schemas().into_iter().enumerate() {
        let (_, table) = label(&grammar, &schema, 6..=14, 40 + number as u64);
        let data = Data::new(&table).unwrap();
        let (programs, models) = (exact.programs(&schema).unwrap(), exact.models(&schema, data.rows()).unwrap());
        for _ in 0..2 {
            let place = rng.random_range(0..models.len());
            let found = evidence(&models[place], &data, &SETTINGS).unwrap_or_else(|error| panic!("{error}"));
            let bound = Bound::canonical(&grammar, &programs[place].0, &table);
            let (expected, error) = bridge(&bound, 1500, 3);
            println!("{:+.4} +- {:.4} {:?}", found.log - expected, error.hypot(found.error), models[place].family);
            let far = (found.log - expected).abs();
            assert!(far < CLOSE.max(4.0 * error), "{found:?}, bridge {expected} +- {error}\n{:?}", models[place]);
        }
    }
}
