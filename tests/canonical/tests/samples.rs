//! Changes of latent variables keep the law of the data and, where the canonical form knows them, its text: programs before and after are both
//! reversed and simulated for the same covariates, and statistics of the outcomes are compared. `PPL_SAMPLES` sets how many changes are tried.

use ppl::Data;
use ppl_canonical::{Level, Options, canonicalise};
use ppl_canonical_tests::cases::{Case, generated, library};
use ppl_canonical_tests::dice::Dice;
use ppl_canonical_tests::latent::{FAMILIES, Family};
use ppl_canonical_tests::mistakes::MISTAKES;
use ppl_canonical_tests::samples::compare;
use ppl_canonical_tests::syntax::{parse, print};
use ppl_canonical_tests::{checked, setting};
use ppl_corpus::Grammar;
use std::collections::BTreeMap;

/// The probability that some of all comparisons fails although all programs are right.
const LEVEL: f64 = 0.05;

/// Comparisons of programs that the level is divided by (Bonferroni), however many are made.
const COMPARISONS: f64 = 1000.0;

/// The share of known changes that must keep the text. The form does not yet see a number that a sum has in common, nor a scale that stands before a location
/// that is a parameter's own.
const LEAST: f64 = 0.95;

/// Whether two laws differ at the level.
fn differs(p: f64) -> bool {
    p * COMPARISONS < LEVEL
}

fn law(text: &str) -> String {
    let program = checked(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let options = Options { level: Level::Law, data_names: true };
    canonicalise(&program, options).unwrap_or_else(|why| panic!("{why}\n{text}")).text
}

/// What became of the changes of a kind.
#[derive(Default)]
struct Count {
    compared: usize,
    same_text: usize,
    /// Below 5 %.
    small: usize,
    smallest: Option<f64>,
    /// What texts do not share.
    other_texts: Vec<String>,
    not_simulated: BTreeMap<String, usize>,
}

impl Count {
    fn try_one(&mut self, case: &Case, family: &Family, seed: u64) {
        let mut dice = Dice::new(seed);
        let Some(changed) = (family.change)(&parse(&case.text), &mut dice) else { return };
        let after = print(&changed);
        let p = match compare(&case.text, &after, &case.data, seed) {
            Ok(p) => p,
            Err(why) => {
                *self.not_simulated.entry(format!("{}: {why}", case.name)).or_default() += 1;
                return;
            }
        };
        assert!(!differs(p), "{}: {}: p = {p:e}\n{}-- changed\n{after}", family.name, case.name, case.text);
        self.compared += 1;
        self.small += usize::from(p < 0.05);
        self.smallest = Some(self.smallest.map_or(p, |old| old.min(p)));
        let (before, changed) = (law(&case.text), law(&after));
        match before == changed {
            true => self.same_text += 1,
            false => self.other_texts.push(format!("{}\n{}", case.name, difference(&before, &changed))),
        }
    }
}

/// The lines that two texts do not share.
fn difference(first: &str, second: &str) -> String {
    let beyond = |own: &str, other: &str, mark: &str| -> String {
        let lines = own.lines().filter(|line| !other.lines().any(|same| same == *line));
        lines.map(|line| format!("    {mark} {}\n", line.trim())).collect()
    };
    beyond(first, second, "before") + &beyond(second, first, "after ")
}

/// Changes of some kinds, each in its turn: of generated programs, and every fourth of one of the library.
fn changes(families: &[&Family], wanted: usize) -> Vec<Count> {
    let grammar = Grammar::shipped("wide").unwrap_or_else(|error| panic!("{error}"));
    let library = library();
    let one = |turn: usize, family: &Family| {
        let mut count = Count::default();
        let share = wanted / families.len() + usize::from(turn < wanted % families.len());
        // models of the library are tried once; some kinds have a place in few programs
        for seed in 0..60 * share as u64 + 200 {
            if count.compared >= share {
                break;
            }
            let number = (seed / 4) as usize;
            match seed % 4 == 3 && number < library.len() {
                true => count.try_one(&library[(number * 37 + turn * 11) % library.len()], family, seed),
                false => {
                    let made = generated(&grammar, 1_000_000 * turn as u64 + seed);
                    made.iter().for_each(|case| count.try_one(case, family, seed));
                }
            }
        }
        count
    };
    let counts: Vec<Count> = std::thread::scope(|scope| {
        let start = |turn: usize| {
            let builder = std::thread::Builder::new().stack_size(256 << 20);
            let one = &one;
            builder.spawn_scoped(scope, move || one(turn, families[turn])).expect("a thread")
        };
        let threads: Vec<_> = (0..families.len()).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why))).collect()
    });
    for (family, count) in families.iter().zip(&counts) {
        println!(
            "{:34} {:4} compared, {:4} with one text; p below 5 %: {:3}, smallest {:.2e}; not simulated: {}",
            family.name,
            count.compared,
            count.same_text,
            count.small,
            count.smallest.unwrap_or(1.0),
            count.not_simulated.values().sum::<usize>()
        );
        count.not_simulated.iter().for_each(|(why, _)| println!("    {}", why.lines().next().unwrap_or_default()));
    }
    counts
}

/// Of p-values that are right or too large, no more are below 5 % than chance has it, up to four standard deviations.
fn check_level(counts: &[Count]) {
    let compared: usize = counts.iter().map(|count| count.compared).sum();
    let small: usize = counts.iter().map(|count| count.small).sum();
    let most = 0.05 * compared as f64 + 4.0 * (0.05 * 0.95 * compared as f64).sqrt() + 1.0;
    println!("{compared} compared, {small} with p below 5 %");
    assert!((small as f64) < most, "{small} of {compared} p-values are below 5 %");
}

#[test]
fn known_changes_keep_the_law_and_the_text() {
    let wanted = setting("PPL_SAMPLES", 40);
    let known: Vec<&Family> = FAMILIES.iter().filter(|family| family.known).collect();
    let counts = changes(&known, wanted);
    check_level(&counts);
    let (mut compared, mut same) = (0, 0);
    for (family, count) in known.iter().zip(&counts) {
        assert!(count.compared > 0, "{} has no place in any program", family.name);
        count.other_texts.iter().for_each(|text| println!("{}: {text}", family.name));
        compared += count.compared;
        same += count.same_text;
    }
    println!("{same} of {compared} have one text");
    assert!(same as f64 >= LEAST * compared as f64, "{same} of {compared} have one text");
}

/// Of other changes the law is the same, which is a test of the simulators, and the canonical texts may differ.
#[test]
fn other_changes_keep_the_law() {
    let wanted = setting("PPL_SAMPLES", 32).min(400);
    let others: Vec<&Family> = FAMILIES.iter().filter(|family| !family.known).collect();
    let counts = changes(&others, wanted);
    check_level(&counts);
    assert!(counts.iter().filter(|count| count.compared > 0).count() + 1 >= others.len());
}

/// The same test finds what changes the law.
#[test]
fn false_rules_are_found() {
    let x = [-1.2, 0.4, 1.7, 0.9, -0.6];
    let data = Data::new().int("N", 5).int("J", 2).ints("g", &[1, 2, 1, 1, 1]).reals("x", &x).real("c", 0.8);
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let [before, after] = mistake.texts();
        let p = compare(&before, &after, &data, number as u64).unwrap_or_else(|why| panic!("{}: {why}", mistake.rule));
        println!("{p:9.2e}  {}", mistake.rule);
        assert!(differs(p), "{}: p = {p:e}", mistake.rule);
        // and a program does not differ from itself
        let p = compare(&before, &before, &data, 100 + number as u64).unwrap_or_else(|why| panic!("{why}"));
        assert!(!differs(p), "{}: p = {p:e} of the same program", mistake.rule);
    }
}
