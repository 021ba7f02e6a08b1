//! Draws pairs and counts what becomes of them: `pairs GRAMMAR COUNT [TABLES] [--rows N] [--from NUMBER] [--show]`

use ppl_corpus::Grammar;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::filter::Rejection;
use ppl_corpus::pair::{Fault, PairOptions, pair};
use std::collections::BTreeMap;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| arguments.get(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let grammar =
        Grammar::load(arguments.first().map_or("bounded", String::as_str)).unwrap_or_else(|error| panic!("{error}"));
    let (count, tables) = (number(1, 1000), number(2, 1) as usize);
    let option = |name: &str| {
        let place = arguments.iter().position(|a| a == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    let design = match option("--rows").map(|rows| rows as usize) {
        Some(rows) => DesignOptions { rows: rows..=rows, ..DesignOptions::default() },
        None => DesignOptions::default(),
    };
    let options = PairOptions { design, tables, schema: None };
    let show = arguments.iter().any(|a| a == "--show");
    // of each rule: tables, kept, by reason
    let mut rules: BTreeMap<&str, (usize, usize, BTreeMap<Rejection, usize>)> = BTreeMap::new();
    let mut total = (0, 0);
    let start = std::time::Instant::now();
    let from = option("--from").unwrap_or(0);
    for number in from..from + count {
        let pair = match pair(&grammar, &options, 1, number) {
            Ok(pair) => pair,
            Err(Fault::NoProgram(_)) => continue,
            Err(fault) => {
                println!("{number}: {fault}");
                continue;
            }
        };
        if show {
            println!("// {number}: {} kept, {:?}\n{}", pair.samples.len(), pair.rejected, pair.canonical.text);
        }
        total.0 += tables;
        total.1 += pair.samples.len();
        let mut used = Vec::new();
        ppl_corpus::pair::rules_of(&pair.derivation.root, &mut used);
        for rule in used {
            let entry = rules.entry(&grammar.rules[rule].name).or_default();
            entry.0 += tables;
            entry.1 += pair.samples.len();
            pair.rejected.iter().for_each(|rejection| *entry.2.entry(*rejection).or_default() += 1);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:24} {:>8} {:>7}", "rule", "tables", "kept");
    for (name, (tables, kept, why)) in &rules {
        let why: Vec<String> =
            why.iter().map(|(r, n)| format!("{} {:.1} %", r.word(), 100.0 * *n as f64 / *tables as f64)).collect();
        println!("{name:24} {tables:8} {:5.1} % {}", 100.0 * *kept as f64 / *tables as f64, why.join(", "));
    }
    println!("{} of {} tables kept ({:.1} %)", total.1, total.0, 100.0 * total.1 as f64 / total.0.max(1) as f64);
    println!("{:.0} programs/s, {:.0} tables/s", count as f64 / seconds, total.1 as f64 / seconds);
}
