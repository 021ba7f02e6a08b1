//! Counts which human models are inside a grammar, and why the others are not:
//! `coverage GRAMMAR FOLDER... [--list] [--verdicts FILE]`
//!
//! Inside: the canonical text is that of a derivation. Structure inside: so is the skeleton, without priors that depend on no parameter.
//! Regressions: one outcome of a table, with a predictor that is linear in coefficients and effects (`is_regression`), and what is inside.

use ppl_corpus::{Deriver, Grammar, Outside, is_regression};
use ppl_grammar::source::SourceMap;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = arguments.iter().any(|a| a == "--list");
    let option = arguments.iter().position(|a| a == "--verdicts");
    let accepted = option.and_then(|place| accepted(arguments.get(place + 1)?));
    let folders = arguments
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(place, a)| !a.starts_with("--") && option.is_none_or(|option| *place != option + 1));
    let grammar = Grammar::load(arguments.first().map_or("wide", String::as_str)).unwrap_or_else(|e| panic!("{e}"));
    for (_, folder) in folders {
        let mut files = Vec::new();
        programs(Path::new(folder), &mut files);
        files.sort();
        if let Some(accepted) = &accepted {
            files.retain(|path| {
                accepted.iter().any(|own| path.ends_with(own)) || !path.starts_with("/work/corpora/example-models")
            });
        }
        count(&grammar, folder, &files, list);
    }
}

fn count(grammar: &Grammar, folder: &str, files: &[PathBuf], list: bool) {
    let (mut valid, mut exact, mut structure, mut tables, mut regression) = (0, 0, 0, 0, 0);
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut missing: BTreeMap<String, usize> = BTreeMap::new();
    let start = std::time::Instant::now();
    let deriver = Deriver::new(grammar);
    for path in files {
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(source) = SourceMap::load(path, &[]) else { continue };
        let parsed = ppl_grammar::parse::parse(&source);
        let Ok(checked) = ppl_program::check(&parsed.program) else { continue };
        if !parsed.is_ok() {
            continue;
        }
        valid += 1;
        let inside = deriver.derive(&checked.program).is_ok();
        exact += usize::from(inside);
        match deriver.structure(&checked.program) {
            Ok((schema, found)) => {
                structure += 1;
                regression += 1;
                tables += 1;
                if list {
                    let mut rules = Vec::new();
                    ppl_corpus::pair::rules_of(&found.root, &mut rules);
                    let rules: Vec<&str> = rules.iter().map(|&r| grammar.rules[r].name.as_str()).collect();
                    println!("inside: {name}: {} {}", schema.outcome.word(), rules.join(" "));
                }
            }
            Err(why) => {
                let group = match &why {
                    Outside::Canonical(_) => "no canonical form".to_string(),
                    Outside::Table(text) => format!("no table: {text}"),
                    Outside::Families(_) => "a family of outcomes".to_string(),
                    Outside::Terms(_) => "terms".to_string(),
                    Outside::Text => "the same terms in another text".to_string(),
                };
                tables += usize::from(!matches!(why, Outside::Canonical(_) | Outside::Table(_)));
                let linear = is_regression(&checked.program);
                regression += usize::from(linear);
                let mark = if linear { "regression " } else { "" };
                match &why {
                    Outside::Families(families) => *missing.entry(format!("{mark}family {families}")).or_default() += 1,
                    Outside::Terms(terms) => {
                        for term in terms.split("; ") {
                            *missing.entry(format!("{mark}term {term}")).or_default() += 1;
                        }
                    }
                    _ => {}
                }
                if list {
                    println!("outside: {mark}{name}: {why}");
                }
                reasons.entry(group).or_default().push(name);
            }
        }
    }
    let percent = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
    println!("{folder}: {valid} programs, {:.1} s", start.elapsed().as_secs_f64());
    println!("  inside, the very text        {exact:4} ({:.1} %)", percent(exact, valid));
    println!("  inside, up to fixed priors   {structure:4} ({:.1} %)", percent(structure, valid));
    println!("  one outcome in a table       {tables:4}, of which inside {:.1} %", percent(structure, tables));
    println!("  regressions                  {regression:4}, of which inside {:.1} %", percent(structure, regression));
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    for (reason, names) in reasons {
        println!("  {:4} outside: {reason}", names.len());
    }
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    println!("  what is missing most often:");
    missing.iter().take(12).for_each(|(what, n)| println!("  {n:4} {}", what.chars().take(110).collect::<String>()));
}

/// Programs that are accepted, by their path from the folder of corpora.
fn accepted(path: &str) -> Option<HashSet<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    let accepted = text.lines().filter_map(|line| {
        let mut fields = line.split(',');
        let path = fields.next()?;
        (fields.next()? == "accept").then(|| path.to_string())
    });
    Some(accepted.collect())
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
}
