//! A derivation in words: `neg_binomial: slope(x1) + varying_intercept(g1)`.

use crate::derivation::{Node, Part};
use crate::grammar::Grammar;
use crate::schema::Schema;

/// The rules of a derivation with the columns they point at. Rules that are the only way to make their part, as the sum of all terms often is,
/// go without saying.
pub fn in_words(grammar: &Grammar, schema: &Schema, root: &Node) -> String {
    let mut inner = Vec::new();
    below(grammar, schema, root, &mut inner);
    let own = named(grammar, schema, root);
    match inner.is_empty() {
        true => own,
        false => format!("{own}: {}", inner.join(" + ")),
    }
}

fn named(grammar: &Grammar, schema: &Schema, node: &Node) -> String {
    let name = &grammar.rules[node.rule].name;
    let columns: Vec<&str> = node.columns.iter().map(|&place| schema.columns[place].name.as_str()).collect();
    match columns.is_empty() {
        true => name.clone(),
        false => format!("{name}({})", columns.join(", ")),
    }
}

fn below(grammar: &Grammar, schema: &Schema, node: &Node, out: &mut Vec<String>) {
    let parts = node.parts.iter().flat_map(|part| match part {
        Part::Node(inner) => vec![inner.as_ref()],
        Part::Set(nodes) => nodes.iter().collect(),
        Part::Grade(_) => Vec::new(),
    });
    for inner in parts {
        let nonterminal = grammar.rules[inner.rule].nonterminal;
        if grammar.nonterminals[nonterminal].rules.len() > 1 || !inner.columns.is_empty() {
            out.push(named(grammar, schema, inner));
        }
        below(grammar, schema, inner, out);
    }
}
