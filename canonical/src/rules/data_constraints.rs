//! Constraints of data follow from their use.
//!
//! A constraint of data is a check when they are read and no part of the density, so programs that differ in it are the same. Every
//! variable gets what its use says: a size is not negative, an index stays within what it indexes, outcomes and arguments of densities lie
//! where these are defined. Matrices and other structured data keep theirs.

use crate::form::{Bounds, FactorKind, Form};
use crate::term::{Fun, Id, Kind, Terms, Var};
use ppl_program::typed::Type;
use ppl_runtime::families;
use std::collections::HashMap;

#[derive(Clone, Debug, Default)]
struct Use {
    lower: Option<i64>,
    upper: Option<i64>,
    /// Sizes of what is indexed.
    sizes: Vec<Id>,
}

impl Use {
    fn at_least(&mut self, bound: i64) {
        self.lower = Some(self.lower.map_or(bound, |own| own.max(bound)));
    }

    fn at_most(&mut self, bound: i64) {
        self.upper = Some(self.upper.map_or(bound, |own| own.min(bound)));
    }
}

pub fn apply(form: &mut Form) {
    let uses = uses(form);
    for place in 0..form.data.len() {
        let var = form.data[place].var;
        if matches!(form.data[place].constraint, Bounds::Structure(_)) {
            continue;
        }
        let own = uses.get(&var).cloned().unwrap_or_default();
        let lower = own.lower.map(|bound| form.terms.int(bound));
        // the smallest size would do; of several unknown ones none is known to be it
        let upper = match (own.sizes.as_slice(), own.upper) {
            ([size], None) if !form.terms.mentions(*size, |v| v == var) => Some(*size),
            (_, upper) => upper.map(|bound| form.terms.int(bound)),
        };
        form.data[place].constraint = match (lower, upper) {
            (None, None) => Bounds::None,
            (Some(a), None) => Bounds::Lower(a),
            (None, Some(b)) => Bounds::Upper(b),
            (Some(a), Some(b)) => Bounds::Both(a, b),
        };
    }
}

fn uses(form: &mut Form) -> HashMap<Var, Use> {
    let mut uses: HashMap<Var, Use> = HashMap::new();
    let data: Vec<Var> = form.data.iter().map(|d| d.var).collect();
    for declared in form.data.iter().chain(&form.parameters) {
        for &size in &form.terms.variables[declared.var.0 as usize].sizes {
            if let Kind::Var(var) = *form.terms.kind(size) {
                uses.entry(var).or_default().at_least(0);
            }
        }
    }
    // a code for what is missing lies outside: only uses of all elements, under no condition, say anything
    for factor in form.factors.clone().iter().filter(|f| f.guards.is_empty()) {
        if let FactorKind::Density { density: Fun::Density { family, .. }, outcome, arguments, .. } = &factor.kind {
            let items: Vec<Id> = std::iter::once(*outcome).chain(arguments.iter().copied()).collect();
            domains(&mut form.terms, family, &items, (&factor.over, &data), &mut uses);
        }
        for term in factor.kind.terms() {
            indexes(&mut form.terms, term, &factor.over, &data, &mut uses);
        }
    }
    uses
}

/// What is indexed by data, outside conditions and comprehensions of its own.
fn indexes(terms: &mut Terms, id: Id, over: &[Id], data: &[Var], uses: &mut HashMap<Var, Use>) {
    match terms.kind(id).clone() {
        Kind::Call(Fun::Ternary | Fun::And | Fun::Or, _) | Kind::Build(..) => return,
        Kind::Index(base, indices) => {
            let sizes = terms.sizes(base);
            for (&index, size) in indices.iter().zip(sizes) {
                if let Some(var) = whole(terms, index, over).filter(|var| data.contains(var)) {
                    let own = uses.entry(var).or_default();
                    own.at_least(1);
                    if terms.is_closed(size) && is_plain(terms, size, data) && !own.sizes.contains(&size) {
                        own.sizes.push(size);
                    }
                }
            }
        }
        _ => {}
    }
    let mut inside = Vec::new();
    terms.children(id, &mut |child| inside.push(child));
    inside.into_iter().for_each(|child| indexes(terms, child, over, data, uses));
}

/// The variable, all of whose elements a term runs through over ranges (or which it is).
fn whole(terms: &mut Terms, id: Id, over: &[Id]) -> Option<Var> {
    match terms.kind(id).clone() {
        Kind::Var(var) if terms.sizes(id).is_empty() => Some(var),
        Kind::Index(base, indices) => {
            let Kind::Var(var) = *terms.kind(base) else { return None };
            let sizes = terms.variables[var.0 as usize].sizes.clone();
            let mut seen = Vec::new();
            for (&index, size) in indices.iter().zip(&sizes) {
                let Kind::Bound(loops) = *terms.kind(index) else { return None };
                let place = over.len().checked_sub(1 + loops as usize)?;
                if over[place] != *size || seen.contains(&loops) {
                    return None;
                }
                seen.push(loops);
            }
            (indices.len() == sizes.len()).then_some(var)
        }
        _ => None,
    }
}

/// Whether a size is made of integers among the data by sums and products: then it is known before what it bounds.
fn is_plain(terms: &Terms, size: Id, data: &[Var]) -> bool {
    let mut plain = true;
    terms.visit(size, &mut |inner| {
        plain &= match terms.kind(inner) {
            Kind::Var(var) => data.contains(var) && *terms.ty(inner) == Type::Int,
            Kind::Int(_) | Kind::Sum(_) | Kind::Product(_) => true,
            _ => false,
        };
    });
    plain
}

/// Outcome and arguments of a density of numbers lie where it is defined.
fn domains(terms: &mut Terms, family: &str, items: &[Id], (over, data): (&[Id], &[Var]), uses: &mut HashMap<Var, Use>) {
    for (place, &item) in items.iter().enumerate() {
        let Some(var) = whole(terms, item, over) else { continue };
        let (positive, unit) = domain(family, place);
        let own = uses.entry(var).or_default();
        if positive {
            own.at_least(0);
        }
        if unit {
            own.at_most(1);
        }
        // successes are at most the trials
        if place == 0
            && matches!(family, "binomial" | "binomial_logit" | "beta_binomial")
            && let Kind::Var(trials) = terms.kind(items[1])
            && data.contains(trials)
        {
            own.sizes.push(items[1]);
        }
        if matches!(terms.ty(item), Type::Int)
            && matches!(family, "categorical" | "categorical_logit" | "ordered_logistic" | "ordered_probit")
            && place == 0
        {
            own.at_least(1);
        }
    }
}

/// Outcomes and arguments that some family admits, small and large.
const BASES: [[f64; 4]; 8] = [
    [1.0, 0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5, 0.5],
    [1.0, 2.0, 0.5, 0.5],
    [0.5, 0.1, 0.9, 0.5],
    [1.0, 50.0, 0.5, 0.5],
    [1.0, 50.0, 50.0, 50.0],
    [0.5, -50.0, 50.0, 0.5],
    [-20.0, -50.0, -10.0, 0.5],
];

/// Whether outcome (place 0) or an argument of a family must not be negative, and must not be above 1: asked of the family itself.
fn domain(family: &str, place: usize) -> (bool, bool) {
    let Some(family) = families::scalar_family(family) else { return (false, false) };
    let admits = |values: &[f64]| (family.check)(values).is_ok();
    let count = family.n_arguments + 1;
    // a bound by other arguments, as of successes by trials, is none where these are large
    let bases = BASES.map(|base| base[..count.min(4)].to_vec());
    let bases: Vec<Vec<f64>> = bases.into_iter().filter(|base| base.len() == count && admits(base)).collect();
    let fails = |x: f64| {
        let at = |base: &Vec<f64>| {
            let mut values = base.clone();
            values[place] = x;
            !admits(&values)
        };
        !bases.is_empty() && bases.iter().all(at)
    };
    (fails(-1.0) && fails(-0.5), fails(2.0) && fails(1.5))
}
