//! Programs drawn from a network: each is made into text, checked, and simulated. `samples WEIGHTS COUNT [EACH]`
//!
//! `EACH` programs (20) are drawn for a table, until there are `COUNT`. Prints how many were valid programs and how many gave finite outcomes.

use ppl_corpus::pair::design::Design;
use ppl_corpus::pair::forward::Forward;
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Derivation, program};
use ppl_runtime::density::Stream;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use spfn_model::Spfn;
use std::collections::HashMap;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [weights, rest @ ..] = arguments.as_slice() else { panic!("samples WEIGHTS COUNT [EACH]") };
    let number =
        |place: usize, default: usize| rest.get(place).and_then(|a: &String| a.parse().ok()).unwrap_or(default);
    let (count, each) = (number(0, 1000), number(1, 20));
    let spfn = Spfn::load(weights.as_ref()).unwrap_or_else(|error| panic!("{error}"));
    let config = &spfn.header().config;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut drawn, mut valid, mut finite, mut distinct, mut tables) = (0, 0, 0, 0, 0);
    for table in 0.. {
        if drawn >= count {
            break;
        }
        let options = PairOptions { tables: 1, ..config.data.pairs(config.network.columns, 5, table) };
        let pair = pair(spfn.grammar(), &options, 5, table).unwrap_or_else(|fault| panic!("{fault}"));
        let Some(sample) = pair.samples.first() else { continue };
        tables += 1;
        let schema = &pair.schema;
        let proposed = spfn.sample(&[&sample.table], each, &mut rng).unwrap_or_else(|error| panic!("{error}"));
        // a program that was drawn twice is made once
        let mut made: HashMap<Derivation, (bool, bool)> = HashMap::new();
        for (draw, (derivation, _)) in proposed.iter().enumerate() {
            let (is_valid, is_finite) = *made.entry(derivation.clone()).or_insert_with(|| {
                distinct += 1;
                let Ok(canonical) = program(spfn.grammar(), schema, derivation) else { return (false, false) };
                // the text itself, not what it was printed from
                let source = ppl_grammar::source::SourceMap::from_text("program", &canonical.text);
                let parsed = ppl_grammar::parse::parse(&source);
                if !parsed.is_ok() || ppl_program::check(&parsed.program).is_err() {
                    return (false, false);
                }
                let Ok(forward) = Forward::new(&canonical.typed) else { return (true, false) };
                let design = Design::random(schema, &options.design, &mut rng);
                let stream = Stream { seed: 3, chain: draw as u64, draw: table };
                let finite = forward.draw(schema, &design, stream).is_ok_and(|drawn| {
                    let cells = drawn.outcome.present();
                    cells.len() == design.rows && cells.iter().all(|y| y.is_finite())
                });
                (true, finite)
            });
            drawn += 1;
            valid += usize::from(is_valid);
            finite += usize::from(is_finite);
        }
    }
    println!(
        "{drawn} programs for {tables} tables ({distinct} distinct within tables): {valid} parse and type-check, {finite} simulate finite outcomes"
    );
}
