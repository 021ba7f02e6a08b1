//! The features of a table, or how long they take: `features GRAMMAR NUMBER` or `features --time [ROWS REALS GROUPS [time]]`

use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Grammar, Schema};
use spfn_model::features::{COLUMN_NAMES, Features, OUTCOME_NAMES, PAIR_NAMES};
use std::time::Instant;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    if arguments.first().is_some_and(|first| first == "--time") {
        let time = arguments.iter().any(|a| a == "time");
        return timed(number(1, 64), number(2, 3), number(3, 1), time);
    }
    let grammar =
        Grammar::load(arguments.first().map_or("wide", String::as_str)).unwrap_or_else(|error| panic!("{error}"));
    let pair =
        pair(&grammar, &PairOptions::default(), 1, number(1, 0) as u64).unwrap_or_else(|fault| panic!("{fault}"));
    println!("{}", pair.canonical.text);
    let Some(sample) = pair.samples.first() else { return println!("its table was not kept") };
    let features = Features::of(&sample.table);
    let show = |title: &str, names: &[&str], numbers: &[f32]| {
        println!("{title}");
        names.iter().zip(numbers).filter(|(_, x)| **x != 0.0).for_each(|(name, x)| println!("  {name:28} {x:6.2}"));
    };
    show(&format!("outcome, {} rows", sample.table.rows()), &OUTCOME_NAMES, &features.outcome);
    for (place, column) in sample.table.schema.columns.iter().enumerate() {
        show(&column.name, &COLUMN_NAMES, &features.columns[place]);
        show(&format!("y, {}", column.name), &PAIR_NAMES, &features.pairs[place]);
    }
}

/// The mean over 50 tables of the wide grammar of the best of 30 passes over each, for each kind of outcome.
fn timed(rows: usize, reals: usize, groups: usize, time: bool) {
    let grammar = Grammar::shipped("wide").unwrap_or_else(|error| panic!("{error}"));
    for outcome in ppl_corpus::Outcome::ALL {
        let options = PairOptions {
            design: DesignOptions { rows: rows..=rows, ..DesignOptions::default() },
            tables: 1,
            schema: Some(Schema::new(outcome, reals, groups, time)),
        };
        let made = (0..).filter_map(|number| pair(&grammar, &options, 1, number).ok());
        let tables: Vec<Table> = made.flat_map(|pair| pair.samples).map(|sample| sample.table).take(50).collect();
        let pass = |table: &Table| {
            let start = Instant::now();
            std::hint::black_box(Features::of(table));
            start.elapsed().as_secs_f64()
        };
        let best = |table: &Table| (0..30).map(|_| pass(table)).fold(f64::INFINITY, f64::min);
        let mean = tables.iter().map(best).sum::<f64>() / tables.len() as f64;
        println!("{:12} {:7.1} us a table", outcome.word(), 1e6 * mean);
    }
}
