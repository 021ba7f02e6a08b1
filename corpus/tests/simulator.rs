//! Prepared simulators draw what the interpreter draws.

use ppl_analysis::reverse::{self, reverse};
use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::{Design, DesignOptions};
use ppl_corpus::pair::table::Values;
use ppl_corpus::text::levels;
use ppl_corpus::{Grammar, Schema, program};
use ppl_interpreter::{Interpreter, Simulator};
use ppl_runtime::density::Stream;
use ppl_runtime::value::Value;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn value_of(name: &str, schema: &Schema, design: &Design) -> Option<Value<f64>> {
    match name {
        "N" => return Some(Value::Int(design.rows as i32)),
        "K" => return Some(Value::Int(design.categories as i32)),
        _ => {}
    }
    let place = schema.columns.iter().position(|column| column.name == name || levels(&column.name) == name)?;
    Some(match &design.columns[place] {
        _ if schema.columns[place].name != name => Value::Int(design.levels[place] as i32),
        Values::Real(x) => Value::Vector(x.clone()),
        Values::Int(x) => Value::Array(x.iter().map(|i| Value::Int(*i)).collect()),
    })
}

/// To the bit, and they stop where it stops, with its message.
#[test]
fn draws_are_those_of_the_interpreter() {
    for (name, count) in [("bounded", 40), ("wide", 120)] {
        let grammar = Grammar::shipped(name).unwrap_or_else(|error| panic!("{error}"));
        let mut rng = ChaCha8Rng::seed_from_u64(17);
        let (mut prepared, mut drawn) = (0, 0);
        for number in 0..count {
            let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
            let language = Language::new(&grammar, &schema).expect("a language");
            let made = program(&grammar, &schema, &language.sample(&mut rng)).expect("a program");
            let reversal = reverse(&made.typed, &reverse::Options::default(), &|_| (0, 0));
            let forward = reversal.simulator.expect("a simulator").program;
            let checked = Arc::new(ppl_program::check(&forward).expect("a valid simulator").program);
            let referee = Interpreter::new(Arc::clone(&checked));
            let simulator = Simulator::new(checked);
            prepared += usize::from(simulator.is_prepared());
            for (chain, rows) in [5, 9, 40].into_iter().enumerate() {
                let options = DesignOptions { rows: rows..=rows, ..DesignOptions::default() };
                let design = Design::random(&schema, &options, &mut rng);
                let stream = Stream { seed: 3, chain: chain as u64, draw: number };
                let mut data = |name: &str| value_of(name, &schema, &design);
                let expected = referee.draw_once(&mut data, stream);
                let found = simulator.draw(&mut data, stream);
                // as text: NaN is NaN, and -0 is not 0
                assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{name} {number}\n{}", made.text);
                drawn += usize::from(found.is_ok());
            }
        }
        assert!(prepared * 100 >= 95 * count as usize, "{name}: {prepared} of {count} are prepared");
        assert!(drawn * 10 >= 27 * count as usize, "{name}: {drawn} of {} are drawn", 3 * count);
    }
}
