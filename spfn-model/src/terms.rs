//! Programs that differ by one term of a sum.

use ppl_corpus::choices::Language;
use ppl_corpus::grammar::PartKind;
use ppl_corpus::{Derivation, Grammar, Node, Part};

/// A program with a term and the same without it.
pub struct Change {
    pub node: Node,
    /// Whether the program that was asked for has it.
    pub included: bool,
    pub with: Derivation,
    pub without: Derivation,
}

/// Terms of a program that can be left out, then terms of one column that it does not use, the likeliest for each column.
pub fn changes(language: &Language<'_>, program: &Derivation) -> Vec<Change> {
    let mut all = Vec::new();
    let mut used = Vec::new();
    each(&program.root, &mut |node| used.extend(&node.columns));
    let paths = program.root.sets(language.grammar());
    for (path, _) in &paths {
        let nodes = at(&program.root, path);
        for (place, node) in nodes.iter().enumerate() {
            let mut without = program.clone();
            set_at(&mut without.root, path).remove(place);
            all.push(Change { node: node.clone(), included: true, with: program.clone(), without });
        }
    }
    for (path, set) in &paths {
        let mut candidates: Vec<_> = language.candidates(*set).iter().enumerate().collect();
        candidates.sort_by(|a, b| b.1.probability.total_cmp(&a.1.probability));
        for (number, candidate) in candidates {
            let [column] = candidate.columns[..] else { continue };
            let Some(node) = plain(language.grammar(), candidate.rule, &candidate.columns) else { continue };
            if used.contains(&column) {
                continue;
            }
            used.push(column);
            let mut with = program.clone();
            let nodes = set_at(&mut with.root, path);
            // terms stand in the order of candidates
            let place_of = |node: &Node| {
                language.candidates(*set).iter().position(|c| c.rule == node.rule && c.columns == node.columns)
            };
            let place = nodes.iter().position(|own| place_of(own) > Some(number)).unwrap_or(nodes.len());
            nodes.insert(place, node.clone());
            all.push(Change { node, included: false, with, without: program.clone() });
        }
    }
    all
}

/// A rule whose parts are scales and empty sums only; `None` where it has others.
fn plain(grammar: &Grammar, rule: usize, columns: &[usize]) -> Option<Node> {
    let part = |(_, kind): &(String, PartKind)| match kind {
        PartKind::Role(_) => Some(Part::Grade(0)),
        PartKind::Set(_) => Some(Part::Set(Vec::new())),
        PartKind::Nonterminal(_) => None,
    };
    let parts = grammar.rules[rule].parts.iter().map(part).collect::<Option<_>>()?;
    Some(Node { rule, columns: columns.to_vec(), parts })
}

fn each<'d>(node: &'d Node, visit: &mut impl FnMut(&'d Node)) {
    visit(node);
    for part in &node.parts {
        match part {
            Part::Node(inner) => each(inner, visit),
            Part::Set(nodes) => nodes.iter().for_each(|inner| each(inner, visit)),
            Part::Grade(_) => {}
        }
    }
}

fn at<'d>(node: &'d Node, path: &[usize]) -> &'d [Node] {
    match path.split_first().and_then(|(first, rest)| Some((node.parts.get(*first)?, rest))) {
        Some((Part::Set(nodes), _)) => nodes,
        Some((Part::Node(inner), rest)) => at(inner, rest),
        _ => &[],
    }
}

fn set_at<'d>(node: &'d mut Node, path: &[usize]) -> &'d mut Vec<Node> {
    let (first, rest) = path.split_first().expect("a path to a set");
    match &mut node.parts[*first] {
        Part::Set(nodes) => nodes,
        Part::Node(inner) => set_at(inner, rest),
        Part::Grade(_) => unreachable!("a path to a set"),
    }
}
