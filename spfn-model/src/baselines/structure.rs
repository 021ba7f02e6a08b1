//! Structures: derivations without their grades, over the columns of a schema or over slots that all schemas share.

use ppl_corpus::choices::{Action, Choices, Language};
use ppl_corpus::{ColumnKind, Derivation, Node, Part, Schema};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The derivation with grade 0 for every prior.
pub fn structure_of(derivation: &Derivation) -> Derivation {
    let mut structure = derivation.clone();
    each_node(&mut structure.root, &mut |node| {
        for part in &mut node.parts {
            if let Part::Grade(grade) = part {
                *grade = 0;
            }
        }
    });
    structure
}

fn each_node(node: &mut Node, f: &mut impl FnMut(&mut Node)) {
    f(node);
    for part in &mut node.parts {
        match part {
            Part::Node(inner) => each_node(inner, f),
            Part::Set(nodes) => nodes.iter_mut().for_each(|inner| each_node(inner, f)),
            Part::Grade(_) => {}
        }
    }
}

/// The structures of a language with their log probabilities, the likeliest first (best-first search, as
/// [`best_first`](ppl_corpus::best_first) over derivations).
pub fn structures<'l>(language: &'l Language<'l>) -> impl Iterator<Item = (Derivation, f64)> + 'l {
    structures_by(language, |choices, _| choices.legal().collect())
}

/// The same with other probabilities: of the actions that are possible, given the rule that was chosen last. Where only grades are left, they do not
/// matter.
pub fn structures_by<'l>(
    language: &'l Language<'l>,
    probabilities: impl Fn(&Choices<'l>, usize) -> Vec<(Action, f64)> + 'l,
) -> impl Iterator<Item = (Derivation, f64)> + 'l {
    let mut heap = BinaryHeap::from([Begun { log: 0.0, number: 0, rule: 0, choices: Choices::new(language) }]);
    let mut number = 0;
    std::iter::from_fn(move || {
        while let Some(Begun { log, rule, mut choices, .. }) = heap.pop() {
            // grades come last: the structure is there
            if matches!(choices.legal().next(), None | Some((Action::Grade(_), _))) {
                while !choices.is_done() {
                    choices.take(Action::Grade(0));
                }
                return choices.finish().map(|derivation| (derivation, log));
            }
            for (action, p) in probabilities(&choices, rule).into_iter().filter(|(_, p)| *p > 0.0) {
                number += 1;
                let mut choices = choices.clone();
                choices.take(action);
                let rule = if let Action::Rule(rule) = action { rule } else { rule };
                heap.push(Begun { log: log + p.ln(), number, rule, choices });
            }
        }
        None
    })
}

struct Begun<'l> {
    log: f64,
    /// Of two alike, the older one first, so that the order is always the same.
    number: u64,
    /// The rule that was chosen last.
    rule: usize,
    choices: Choices<'l>,
}

impl PartialEq for Begun<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Begun<'_> {}

impl PartialOrd for Begun<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Begun<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.log.total_cmp(&other.log).then_with(|| other.number.cmp(&self.number))
    }
}

/// Places for so many columns of each kind, which columns of any schema take in order: the first real column is always in the first place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    counts: [usize; ColumnKind::ALL.len()],
}

impl Slots {
    /// Room for the columns of all these schemas.
    pub fn for_schemas<'s>(schemas: impl Iterator<Item = &'s Schema>) -> Slots {
        let mut slots = Slots::default();
        for schema in schemas {
            for (count, kind) in slots.counts.iter_mut().zip(ColumnKind::ALL) {
                *count = schema.of_kind(kind).count().max(*count);
            }
        }
        slots
    }

    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot of each column of a schema; `None` where there are not enough.
    pub fn of_columns(&self, schema: &Schema) -> Vec<Option<usize>> {
        let mut slots = vec![None; schema.columns.len()];
        let mut from = 0;
        for (count, kind) in self.counts.iter().zip(ColumnKind::ALL) {
            schema.of_kind(kind).take(*count).enumerate().for_each(|(own, place)| slots[place] = Some(from + own));
            from += count;
        }
        slots
    }

    /// A structure with slots for columns; `None` where a column has none.
    pub fn of_structure(&self, schema: &Schema, structure: &Derivation) -> Option<Derivation> {
        renamed(structure, &self.of_columns(schema))
    }

    /// A structure of slots with the columns of a schema; `None` where the schema does not have them.
    pub fn to_structure(&self, schema: &Schema, of_slots: &Derivation) -> Option<Derivation> {
        let mut columns = vec![None; self.len()];
        for (place, slot) in self.of_columns(schema).into_iter().enumerate() {
            if let Some(slot) = slot {
                columns[slot] = Some(place);
            }
        }
        renamed(of_slots, &columns)
    }
}

/// With `places[column]` in the place of each column.
fn renamed(structure: &Derivation, places: &[Option<usize>]) -> Option<Derivation> {
    let mut own = structure.clone();
    let mut complete = true;
    each_node(&mut own.root, &mut |node| {
        for column in &mut node.columns {
            match places.get(*column).copied().flatten() {
                Some(place) => *column = place,
                None => complete = false,
            }
        }
    });
    complete.then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppl_corpus::{Grammar, Outcome};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn bounded() -> Grammar {
        Grammar::shipped("bounded").unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn structures_come_in_order_each_once_and_are_all_there_is() {
        let grammar = bounded();
        let schema = Schema::new(Outcome::Binary, 2, 0, false);
        let language = Language::new(&grammar, &schema).unwrap_or_else(|| panic!("a language"));
        let all: Vec<(Derivation, f64)> = structures(&language).collect();
        // subsets of two slopes, two squares and a product
        assert_eq!(all.len(), 32);
        assert!(all.windows(2).all(|w| w[0].1 >= w[1].1));
        assert!((all.iter().map(|(_, log)| log.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
        for (structure, log) in &all {
            assert_eq!(*structure, structure_of(structure));
            let own = structure.log_probability(&language).unwrap_or_else(|| panic!("a probability"));
            assert!((own.structure - log).abs() < 1e-12);
        }
    }

    #[test]
    fn structures_go_to_slots_and_back() {
        let grammar = bounded();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let large = Schema::with(Outcome::Real, &ColumnKind::ALL.map(|kind| (kind, 2)));
        let slots = Slots::for_schemas([&large].into_iter());
        let small = Schema::new(Outcome::Real, 2, 1, true);
        let language = Language::new(&grammar, &small).unwrap_or_else(|| panic!("a language"));
        for _ in 0..50 {
            let structure = structure_of(&language.sample(&mut rng));
            let of_slots = slots.of_structure(&small, &structure).unwrap_or_else(|| panic!("slots"));
            assert_eq!(slots.to_structure(&small, &of_slots), Some(structure.clone()));
            // in a schema with fewer columns, only if they are not used
            let fewer = Schema::new(Outcome::Real, 1, 0, false);
            let mut most = 0;
            each_node(&mut structure.clone().root, &mut |node| {
                most = node.columns.iter().copied().fold(most, usize::max)
            });
            if most > 1 {
                assert_eq!(slots.to_structure(&fewer, &of_slots), None);
            }
        }
        assert_eq!(slots.of_columns(&Schema::new(Outcome::Real, 3, 0, false)), [Some(0), Some(1), None]);
    }
}
