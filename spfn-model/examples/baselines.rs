//! Judges the baselines on fresh pairs: `baselines GRAMMAR TRAIN TEST [MENU] [--rows N] [--trees N] [--features N] [--leaf N]`
//!
//! The forest learns from `TRAIN` pairs; all are judged on `TEST` others, the menu of programs on the first `MENU` of them (0 as at first: not).

use ppl_corpus::choices::Language;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::table::Table;
use ppl_corpus::pair::{PairOptions, pair};
use ppl_corpus::{Derivation, Grammar};
use spfn_model::baselines::{
    Baseline, BicMenu, DecisionForest, ForestOptions, MenuOptions, Prior, StructureForest, structure_of,
};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let option = |name: &str, default: usize| {
        let place = arguments.iter().position(|a| a == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let name = arguments.first().map_or("bounded", String::as_str);
    let grammar = Arc::new(Grammar::load(name).unwrap_or_else(|error| panic!("{error}")));
    let (train, test, menu) = (number(1, 2000), number(2, 500), number(3, 0) as usize);
    let design = DesignOptions { rows: 5..=option("--rows", 64), ..DesignOptions::default() };
    let options = PairOptions { design, tables: 1, schema: None };
    let pairs = |seed: u64, count: u64| -> Vec<(Table, Derivation)> {
        let made = (0..count).filter_map(|number| pair(&grammar, &options, seed, number).ok());
        made.flat_map(|pair| pair.samples.into_iter().map(move |s| (s.table, pair.derivation.clone()))).collect()
    };
    let (train, test) = (pairs(1, train), pairs(2, test));
    let start = Instant::now();
    let forest_options = ForestOptions {
        trees: option("--trees", 200),
        features: option("--features", 0),
        leaf: option("--leaf", 3),
        ..ForestOptions::default()
    };
    let forest = StructureForest::fit(Arc::clone(&grammar), &train, &forest_options);
    let forest = forest.unwrap_or_else(|error| panic!("{error}"));
    println!(
        "forest: {} pairs, {} structures, prior weight {:.3}, grown in {:.1} s",
        train.len(),
        forest.classes(),
        forest.prior_weight(),
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let decisions = DecisionForest::fit(Arc::clone(&grammar), &train, &forest_options);
    let decisions = decisions.unwrap_or_else(|error| panic!("{error}"));
    println!("forests of decisions: grown in {:.1} s", start.elapsed().as_secs_f64());
    judge(&grammar, &Prior { grammar: Arc::clone(&grammar), listed: 20 }, &test);
    judge(&grammar, &decisions, &test);
    judge(&grammar, &forest, &test);
    let right = |(table, derivation): &&(Table, Derivation)| {
        let families = forest.families(table).unwrap_or_else(|error| panic!("{error}"));
        let best = families.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        best.is_some_and(|(rule, _)| *rule == derivation.root.rule)
    };
    let hits = test.iter().filter(right).count();
    println!("{:14} family {:.1} %", "random forest", 100.0 * hits as f64 / test.len().max(1) as f64);
    if menu > 0 {
        let search = BicMenu { grammar: Arc::clone(&grammar), options: MenuOptions::default() };
        let some = &test[..menu.min(test.len())];
        judge(&grammar, &decisions, some);
        judge(&grammar, &forest, some);
        judge(&grammar, &search, some);
        let (mut fitted, mut failed) = (0, 0);
        for (table, _) in some.iter().take(20) {
            let (fits, without) = search.fits(table).unwrap_or_else(|error| panic!("{error}"));
            fitted += fits.len();
            failed += without.len();
        }
        println!("{:14} {fitted} fits, {failed} failed", search.name());
    }
}

/// How often the structure is the likeliest, or among the five likeliest; the mean log probability; the time.
fn judge(grammar: &Grammar, baseline: &dyn Baseline, test: &[(Table, Derivation)]) {
    let (mut first, mut five, mut log, mut family, mut seconds) = (0, 0, 0.0, 0, 0.0);
    for (table, derivation) in test {
        let start = Instant::now();
        let posterior = baseline.posterior(table).unwrap_or_else(|error| panic!("{error}"));
        seconds += start.elapsed().as_secs_f64();
        let Some(language) = Language::new(grammar, &table.schema) else { continue };
        let structure = structure_of(derivation);
        let place = posterior.listed.iter().position(|(own, _)| *own == structure);
        first += usize::from(place == Some(0));
        five += usize::from(place.is_some_and(|place| place < 5));
        log += posterior.log_probability(&language, derivation);
        let best = posterior.families().into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        family += usize::from(best.is_some_and(|(rule, _)| rule == derivation.root.rule));
    }
    let n = test.len().max(1) as f64;
    println!(
        "{:14} {} tables: first {:.1} %, first five {:.1} %, family {:.1} %, log score {:.3}, {:.2} ms a table",
        baseline.name(),
        test.len(),
        100.0 * first as f64 / n,
        100.0 * five as f64 / n,
        100.0 * family as f64 / n,
        log / n,
        1e3 * seconds / n
    );
}
