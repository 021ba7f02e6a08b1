//! Fits the weights of a grammar to human models: `weights GRAMMAR FOLDER... [--write FILE]`
//!
//! Every model whose structure the grammar has (`Deriver::structure`) counts each of its rules. A rule's weight is its count, plus what the
//! weights that were there say with one observation a rule (the mean of a Dirichlet posterior), as a percentage of the rules that it
//! competes with: those of the same non-terminal, and of the same outcome where that says for which it is. No family falls below 2 %
//! (terms have a floor of their own in every table: 5 %, `ppl_corpus::choices`). `--write` puts the numbers into a grammar file.

use ppl_corpus::derivation::{Node, Part};
use ppl_corpus::{Deriver, Grammar};
use ppl_grammar::models::{self, Item};
use ppl_grammar::source::SourceMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FLOOR: f64 = 2.0;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = arguments.iter().position(|a| a == "--write");
    let written = option.and_then(|place| arguments.get(place + 1));
    let folders: Vec<&String> =
        arguments.iter().enumerate().skip(1).filter(|(p, _)| option.is_none_or(|o| *p < o)).map(|(_, a)| a).collect();
    let grammar = Grammar::load(arguments.first().map_or("wide", String::as_str)).unwrap_or_else(|e| panic!("{e}"));
    let mut files = Vec::new();
    folders.iter().for_each(|folder| programs(Path::new(folder), &mut files));
    let mut counts = vec![0_usize; grammar.rules.len()];
    let (mut found, mut sets, mut terms) = (0, 0, 0);
    let deriver = Deriver::new(&grammar);
    for path in &files {
        let Ok(source) = SourceMap::load(path, &[]) else { continue };
        let parsed = ppl_grammar::parse::parse(&source);
        let Ok(checked) = ppl_program::check(&parsed.program) else { continue };
        if let Ok((_, derivation)) = deriver.structure(&checked.program) {
            found += 1;
            count(&derivation.root, &mut counts, &mut sets, &mut terms);
        }
    }
    let weights = fitted(&grammar, &counts);
    println!("{found} of {} models; {:.2} terms a set", files.len(), terms as f64 / f64::from(sets).max(1.0));
    for ((rule, weight), count) in grammar.rules.iter().zip(&weights).zip(&counts) {
        let nonterminal = &grammar.nonterminals[rule.nonterminal].name;
        println!("rule {nonterminal} {} @ {weight}  // {count} models, was {}", rule.name, rule.weight);
    }
    if let Some(path) = written {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let new = replaced(&text, &grammar, &weights);
        std::fs::write(path, new).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

fn count(node: &Node, counts: &mut [usize], sets: &mut u32, terms: &mut usize) {
    counts[node.rule] += 1;
    for part in &node.parts {
        match part {
            Part::Node(inner) => count(inner, counts, sets, terms),
            Part::Set(nodes) => {
                *sets += 1;
                *terms += nodes.len();
                nodes.iter().for_each(|inner| count(inner, counts, sets, terms));
            }
            Part::Grade(_) => {}
        }
    }
}

/// Percentages among the rules that compete, to a decimal.
fn fitted(grammar: &Grammar, counts: &[usize]) -> Vec<f64> {
    let mut groups: BTreeMap<(usize, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (place, rule) in grammar.rules.iter().enumerate() {
        let outcome = rule.outcomes.first().map(|outcome| outcome.word());
        groups.entry((rule.nonterminal, outcome)).or_default().push(place);
    }
    let mut weights = vec![0.0; counts.len()];
    for rules in groups.values() {
        let before: f64 = rules.iter().map(|&r| grammar.rules[r].weight).sum();
        let after = rules.iter().map(|&r| counts[r]).sum::<usize>() as f64 + rules.len() as f64;
        let in_set = grammar.sets.iter().any(|set| set.of == grammar.rules[rules[0]].nonterminal);
        let percent = |r: usize| {
            let prior = rules.len() as f64 * grammar.rules[r].weight / before;
            100.0 * (counts[r] as f64 + prior) / after
        };
        // what is raised makes the others less likely: until the floor holds among all
        let mut floor = if in_set { 0.1 } else { FLOOR };
        for _ in 0..50 {
            let total: f64 = rules.iter().map(|&r| percent(r).max(floor)).sum();
            floor = if in_set { floor } else { FLOOR / 100.0 * total };
        }
        for &r in rules {
            weights[r] = (10.0 * percent(r).max(floor)).ceil() / 10.0;
        }
    }
    weights
}

fn replaced(text: &str, grammar: &Grammar, weights: &[f64]) -> String {
    let notation = models::parse(&SourceMap::from_text("grammar", text)).unwrap_or_else(|_| panic!("a grammar"));
    let mut places: Vec<(std::ops::Range<usize>, f64)> = Vec::new();
    for item in &notation.items {
        if let Item::Rule { name, weight, .. } = item
            && let Some(rule) = grammar.rule(&name.text)
        {
            places.push((weight.1.clone(), weights[rule]));
        }
    }
    let mut text = text.to_string();
    for (range, weight) in places.into_iter().rev() {
        text.replace_range(range, &weight.to_string());
    }
    text
}

fn programs(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => programs(&path, out),
            false if path.extension().is_some_and(|e| e == "stan") => out.push(path),
            false => {}
        }
    }
    out.sort();
}
