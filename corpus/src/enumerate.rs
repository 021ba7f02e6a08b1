//! Derivations in the order of their probability, lazily.

use crate::choices::{Choices, Language};
use crate::derivation::Derivation;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

struct Entry<'l> {
    log: f64,
    /// Of two alike, the older one first, so that the order is always the same.
    number: u64,
    choices: Choices<'l>,
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry<'_> {}

impl PartialOrd for Entry<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.log.total_cmp(&other.log).then_with(|| other.number.cmp(&self.number))
    }
}

/// The derivations of a language with their log probabilities, the likeliest first, none twice.
///
/// Best-first search over choices: what is begun is at least as likely as anything that it can become (Dijkstra 1959).
pub fn best_first<'l>(language: &'l Language<'l>) -> impl Iterator<Item = (Derivation, f64)> + 'l {
    let mut heap = BinaryHeap::new();
    heap.push(Entry { log: 0.0, number: 0, choices: Choices::new(language) });
    let mut number = 0;
    std::iter::from_fn(move || {
        while let Some(Entry { log, choices, .. }) = heap.pop() {
            if choices.is_done() {
                return choices.finish().map(|derivation| (derivation, log));
            }
            for (action, p) in choices.legal() {
                if p > 0.0 {
                    number += 1;
                    let mut next = choices.clone();
                    next.take(action);
                    heap.push(Entry { log: log + p.ln(), number, choices: next });
                }
            }
        }
        None
    })
}
