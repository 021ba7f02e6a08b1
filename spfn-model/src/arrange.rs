//! Columns in an order that tables decide, so that what columns are called, and where they stand, does not matter.
//!
//! A set of terms is chosen in ascending order of columns; read in the order of a schema, its probability would depend on that order. So columns of a
//! kind are put in the order of what they say about the outcome before a network sees them, and programs are carried there and back. The map is one to one:
//! a distribution over the programs of the one order is one over those of the other.

use crate::features::{Features, PAIR_NAMES};
use ppl_corpus::{Derivation, Grammar, Node, Part, Schema};
use std::cmp::Ordering;
use std::sync::LazyLock;

/// Where columns go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arrangement {
    /// The column of the schema in each place of the network.
    from: Vec<usize>,
    /// The place in the network of each column of the schema.
    to: Vec<usize>,
}

/// Numbers of a pair by which columns are sorted: how much a line, or effects of levels, explain.
static KEYS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let place = |name: &str| PAIR_NAMES.iter().position(|own| *own == name);
    ["gain", "gain_levels"].into_iter().filter_map(place).collect()
});

impl Arrangement {
    /// Of the columns of tables of one program, given their features.
    pub fn of(schema: &Schema, tables: &[&Features]) -> Arrangement {
        let mut from: Vec<usize> = (0..schema.columns.len()).collect();
        let key = |column: usize| -> f32 {
            let of_table =
                |features: &&Features| KEYS.iter().map(|&k| features.pairs[column][k]).fold(f32::MIN, f32::max);
            tables.iter().map(of_table).sum()
        };
        let contents = |a: usize, b: usize| {
            let compare = |x: &[f32], y: &[f32]| {
                x.iter().zip(y).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            };
            let of_table = |features: &&Features| {
                compare(&features.pairs[a], &features.pairs[b])
                    .then_with(|| compare(&features.columns[a], &features.columns[b]))
            };
            tables.iter().map(of_table).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        };
        from.sort_by(|&a, &b| {
            let kinds = schema.columns[a].kind.cmp(&schema.columns[b].kind);
            kinds.then_with(|| key(b).total_cmp(&key(a))).then_with(|| contents(a, b))
        });
        let mut to = vec![0; from.len()];
        from.iter().enumerate().for_each(|(place, &column)| to[column] = place);
        Arrangement { from, to }
    }

    /// The column of the schema in each place.
    pub fn columns(&self) -> &[usize] {
        &self.from
    }

    /// A program of the schema as the network has it.
    pub fn arranged(&self, grammar: &Grammar, derivation: &Derivation) -> Derivation {
        Derivation { root: moved(grammar, &derivation.root, &self.to) }
    }

    /// A program of the network as the schema has it.
    pub fn restored(&self, grammar: &Grammar, derivation: &Derivation) -> Derivation {
        Derivation { root: moved(grammar, &derivation.root, &self.from) }
    }
}

/// The node with its columns at other places: columns of the same kinds, and terms of a set, in ascending order.
fn moved(grammar: &Grammar, node: &Node, to: &[usize]) -> Node {
    let kinds = &grammar.rules[node.rule].columns;
    let mut columns: Vec<usize> = node.columns.iter().map(|&column| to[column]).collect();
    // so few that sorting by insertion is short
    for last in 1..columns.len() {
        for place in 0..last {
            if kinds[place].1 == kinds[last].1 && columns[place] > columns[last] {
                columns.swap(place, last);
            }
        }
    }
    let part = |part: &Part| match part {
        Part::Node(inner) => Part::Node(Box::new(moved(grammar, inner, to))),
        Part::Set(nodes) => {
            let mut nodes: Vec<Node> = nodes.iter().map(|inner| moved(grammar, inner, to)).collect();
            nodes.sort();
            Part::Set(nodes)
        }
        Part::Grade(grade) => Part::Grade(*grade),
    };
    Node { rule: node.rule, columns, parts: node.parts.iter().map(part).collect() }
}
