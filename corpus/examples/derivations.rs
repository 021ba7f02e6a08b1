//! Samples derivations and counts what becomes of them: `derivations GRAMMAR COUNT [--show] [--back]`
//!
//! The entropy of structures, given the schema, is the mean of -log P. `--back` asks for the derivation of each text.

use ppl_canonical::{Level, Options, canonicalise};
use ppl_corpus::{Derivation, Grammar, Node, Part, Schema, choices::Language, program};
use rand::SeedableRng;
use std::collections::HashMap;

fn main() {
    ppl_program::with_room(run);
}

fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let grammar = match Grammar::load(&arguments[1]) {
        Ok(grammar) => grammar,
        Err(error) => {
            println!("{error}");
            return;
        }
    };
    let count: usize = arguments[2].parse().unwrap_or(10);
    let show = arguments.iter().any(|a| a == "--show");
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let back = arguments.iter().any(|a| a == "--back");
    let (mut good, mut canonical, mut ambiguous, mut returned) = (0_u32, 0, 0, 0);
    let (mut entropy, mut entropy_grades) = (0.0, 0.0);
    let mut structures = HashMap::new();
    let mut texts: HashMap<(Schema, String), ppl_corpus::Derivation> = HashMap::new();
    let mut size = 0;
    let mut times: Vec<f64> = Vec::new();
    let start = std::time::Instant::now();
    for number in 0..count {
        let schema = Schema::random(&mut rng, |outcome| grammar.has_outcome(outcome));
        let Some(language) = Language::new(&grammar, &schema) else { continue };
        let derivation = language.sample(&mut rng);
        size += derivation.size();
        let log = derivation.log_probability(&language);
        match program(&grammar, &schema, &derivation) {
            Ok(made) => {
                good += 1;
                if show {
                    println!("// {number}: log P = {log:?}\n{}", made.text);
                }
                let again = ppl_program::check(&made.program).map(|checked| {
                    canonicalise(&checked.program, Options { level: Level::Law, data_names: true }).map(|c| c.text)
                });
                match again {
                    Ok(Ok(text)) if text == made.text => canonical += 1,
                    Ok(Ok(text)) => println!("not canonical:\n{}\n-- again\n{text}", made.text),
                    _ => println!("not again:\n{}", made.text),
                }
                if let Some(log) = log {
                    entropy -= log.structure;
                    entropy_grades -= log.grades;
                }
                if back && let Ok(checked) = ppl_program::check(&made.program) {
                    let asked = std::time::Instant::now();
                    let found = ppl_corpus::derive(&grammar, &checked.program);
                    times.push(asked.elapsed().as_secs_f64());
                    match found {
                        Ok((own, found)) if same(&grammar, (&schema, &derivation), (&own, &found)) => returned += 1,
                        Ok((own, found)) => println!("another derivation: {own:?} {found:?}\n{}", made.text),
                        Err(why) => println!("no derivation: {why}\n{}", made.text),
                    }
                }
                if let Some(other) = texts.insert((schema.clone(), made.text.clone()), derivation.clone())
                    && other != derivation
                {
                    ambiguous += 1;
                    if ambiguous < 4 {
                        println!("ambiguous: {other:?}\n{derivation:?}\n{}", made.text);
                    }
                }
                *structures.entry((schema, shape(derivation.root))).or_insert(0) += 1;
            }
            Err(error) => println!("{error}"),
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{count} derivations: {good} valid, {canonical} canonical, {ambiguous} ambiguous, mean size {:.2}, {:.0}/s",
        size as f64 / count as f64,
        count as f64 / seconds
    );
    println!(
        "{} texts, {} structures with their tables; entropy given the table: structure {:.2} nats, scales {:.2} nats",
        texts.len(),
        structures.len(),
        entropy / f64::from(good.max(1)),
        entropy_grades / f64::from(good.max(1))
    );
    if back {
        times.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| 1e3 * times.get((p * times.len() as f64) as usize).copied().unwrap_or(f64::NAN);
        println!("{returned} of {good} texts have their derivation");
        println!("the way back takes {:.2} ms (median), {:.1} ms (90 %), {:.1} ms (99 %)", at(0.5), at(0.9), at(0.99));
    }
}

/// Without the scales.
fn shape(mut node: Node) -> Node {
    for part in &mut node.parts {
        match part {
            Part::Node(inner) => **inner = shape((**inner).clone()),
            Part::Set(nodes) => nodes.iter_mut().for_each(|inner| *inner = shape(inner.clone())),
            Part::Grade(grade) => *grade = 0,
        }
    }
    node
}

/// Whether two derivations are the same but for columns that are not used.
fn same(grammar: &Grammar, first: (&Schema, &Derivation), second: (&Schema, &Derivation)) -> bool {
    let names = |(schema, derivation): (&Schema, &Derivation)| {
        let mut all = Vec::new();
        list(grammar, schema, &derivation.root, &mut all);
        all
    };
    names(first) == names(second)
}

fn list(grammar: &Grammar, schema: &Schema, node: &Node, out: &mut Vec<String>) {
    let columns: Vec<&str> = node.columns.iter().map(|&c| schema.columns[c].name.as_str()).collect();
    out.push(format!("{} {}", grammar.rules[node.rule].name, columns.join(" ")));
    for part in &node.parts {
        match part {
            Part::Node(inner) => list(grammar, schema, inner, out),
            Part::Set(nodes) => nodes.iter().for_each(|inner| list(grammar, schema, inner, out)),
            Part::Grade(grade) => out.push(grade.to_string()),
        }
    }
}
