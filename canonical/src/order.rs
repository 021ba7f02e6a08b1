//! An order of everything that depends on nothing but meaning: not on names, nor on the order of the text.
//!
//! Variables are told apart by how they are used: colour refinement (Weisfeiler and Leman 1968). Every variable starts with the colour
//! of its declaration; in each round it gets that of the places where it occurs, until no two more can be told apart. Variables that are still
//! alike are exchangeable in all programs we met; one of them is singled out and the refinement goes on, so that the result is a total order.

use crate::form::{Bounds, Code, Declared, Factor, FactorKind, Form, Slot};
use crate::term::{Fun, Id, Kind, Terms, Var};
use ppl_runtime::functions::Operator;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Rounds after which refinement stops, whatever it still finds.
const ROUNDS: usize = 20;

/// The order of a form's variables and terms.
pub struct Order {
    colours: Vec<u64>,
    /// Place of a data variable among the data.
    ranks: HashMap<Var, u32>,
    hashes: HashMap<Id, u64>,
    keys: HashMap<Id, Key>,
    /// Of the texts of the user functions, with names that say nothing.
    functions: Vec<u64>,
}

/// What terms are sorted by: short before long, then by their data, then by the elements
/// they pick by number, then by a hash of their meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u8, u32, Vec<u32>, Vec<i64>, u64);

/// A hash that is the same in every build: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over the words.
struct Stable(u64);

impl Hasher for Stable {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mut z = (self.0 ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = z ^ (z >> 31);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn mix(parts: &[u64]) -> u64 {
    let mut hasher = Stable(parts.len() as u64);
    parts.iter().for_each(|&part| hasher.write_u64(part));
    hasher.finish()
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = Stable(0);
    value.hash(&mut hasher);
    hasher.finish()
}

impl Order {
    /// The order of a form. With `names`, data variables are told apart by their names, as columns of a table are.
    pub fn new(form: &mut Form, names: bool) -> Order {
        let colours = initial(form, names);
        let functions = form.source.as_deref().map(crate::functions::texts).unwrap_or_default();
        let functions = functions.iter().map(hash_of).collect();
        let mut order =
            Order { colours, ranks: HashMap::new(), hashes: HashMap::new(), keys: HashMap::new(), functions };
        order.refine(form);
        for _ in 0..form.terms.variables.len() {
            let Some(var) = order.first_tie(form) else { break };
            order.colours[var.0 as usize] = mix(&[order.colours[var.0 as usize], 0x7e]);
            order.refine(form);
        }
        order.rank(form, names);
        order
    }

    fn rank(&mut self, form: &Form, names: bool) {
        let mut data: Vec<Var> = form.data.iter().map(|d| d.var).collect();
        match names {
            true => data.sort_by_key(|&v| natural(&form.terms.variables[v.0 as usize].name)),
            false => data.sort_by_key(|&v| self.colours[v.0 as usize]),
        }
        self.ranks = data.into_iter().enumerate().map(|(rank, var)| (var, rank as u32)).collect();
    }

    fn refine(&mut self, form: &mut Form) {
        let mut classes = self.classes(form);
        for _ in 0..ROUNDS {
            self.hashes.clear();
            let mut places = vec![0_u64; self.colours.len()];
            self.places(form, &mut places);
            for (colour, place) in self.colours.iter_mut().zip(&places) {
                *colour = mix(&[*colour, *place]);
            }
            let now = self.classes(form);
            if now == classes {
                break;
            }
            classes = now;
        }
        self.hashes.clear();
    }

    /// How many colours the variables of the form have.
    fn classes(&self, form: &Form) -> usize {
        let mut live: Vec<Var> = form.data.iter().chain(&form.parameters).map(|d| d.var).collect();
        form.code.iter().for_each(|code| code.for_each(&mut |_| {}, &mut |var| live.push(var)));
        let mut colours: Vec<u64> = live.into_iter().map(|var| self.colours[var.0 as usize]).collect();
        colours.sort_unstable();
        colours.dedup();
        colours.len()
    }

    /// A variable that occurs and shares its colour.
    fn first_tie(&self, form: &Form) -> Option<Var> {
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let live = form.data.iter().chain(&form.parameters).map(|d| d.var);
        for var in live.clone() {
            *seen.entry(self.colours[var.0 as usize]).or_default() += 1;
        }
        live.filter(|v| seen[&self.colours[v.0 as usize]] > 1).min_by_key(|v| (self.colours[v.0 as usize], v.0))
    }

    /// Adds up, for each variable, a hash of every place where it occurs.
    fn places(&mut self, form: &mut Form, places: &mut [u64]) {
        let Form { terms, data, parameters, code, factors, .. } = form;
        for declared in data.iter().chain(parameters.iter()) {
            let root = self.declared_hash(terms, declared);
            places[declared.var.0 as usize] = places[declared.var.0 as usize].wrapping_add(mix(&[root, 1]));
            let sizes = terms.variables[declared.var.0 as usize].sizes.clone();
            for (place, term) in sizes.into_iter().chain(declared.constraint.terms()).enumerate() {
                self.occurrences(terms, term, mix(&[root, 2, place as u64]), places);
            }
        }
        for factor in factors.iter() {
            let root = self.factor_hash(terms, factor);
            for (place, term) in factor.over.iter().copied().chain(factor.kind.terms()).enumerate() {
                self.occurrences(terms, term, mix(&[root, 3, place as u64]), places);
            }
            // the order of conditions means nothing
            for &guard in &factor.guards {
                self.occurrences(terms, guard, mix(&[root, 4]), places);
            }
        }
        for (number, item) in code.iter().enumerate() {
            let root = self.code_hash(terms, item);
            let mut place = 0;
            item.for_each(
                &mut |term| {
                    place += 1;
                    self.occurrences(terms, term, mix(&[root, number as u64, place]), places);
                },
                &mut |_| {},
            );
            let mut written = 0;
            item.for_each(&mut |_| {}, &mut |var| {
                written += 1;
                let slot = &mut places[var.0 as usize];
                *slot = slot.wrapping_add(mix(&[root, number as u64, 7, written]));
            });
        }
    }

    fn occurrences(&mut self, terms: &mut Terms, id: Id, context: u64, places: &mut [u64]) {
        if let Kind::Var(var) = *terms.kind(id) {
            places[var.0 as usize] = places[var.0 as usize].wrapping_add(context);
            return;
        }
        if terms.node(id).size > 20_000 {
            return;
        }
        let own = self.hash(terms, id);
        match terms.kind(id).clone() {
            Kind::Sum(items) | Kind::Product(items) => {
                items.iter().for_each(|&item| self.occurrences(terms, item, mix(&[context, own]), places));
            }
            Kind::Call(Fun::Library(name), items) if &*name == "log_mix" && items.len() == 3 => {
                let weights = [items[0], self.other_weight(terms, items[0])];
                for (weight, component) in weights.into_iter().zip([items[1], items[2]]) {
                    self.occurrences(terms, weight, mix(&[context, own]), places);
                    let weight = self.hash(terms, weight);
                    self.occurrences(terms, component, mix(&[context, own, weight]), places);
                }
            }
            Kind::Call(fun, items) if commutes(&fun, items.len()) => {
                items.iter().for_each(|&item| self.occurrences(terms, item, mix(&[context, own]), places));
            }
            _ => {
                let mut children = Vec::new();
                terms.children(id, &mut |child| children.push(child));
                for (place, child) in children.into_iter().enumerate() {
                    self.occurrences(terms, child, mix(&[context, own, place as u64]), places);
                }
            }
        }
    }

    /// A hash of the meaning of a term, by the present colours.
    pub fn hash(&mut self, terms: &mut Terms, id: Id) -> u64 {
        if let Some(&hash) = self.hashes.get(&id) {
            return hash;
        }
        let all = |order: &mut Self, terms: &mut Terms, items: &[Id]| -> Vec<u64> {
            items.iter().map(|&item| order.hash(terms, item)).collect()
        };
        let hash = match terms.kind(id).clone() {
            Kind::Int(i) => mix(&[1, i as u64]),
            Kind::Real(bits) => mix(&[2, bits]),
            Kind::Var(var) => mix(&[3, self.colours[var.0 as usize]]),
            Kind::Bound(index) => mix(&[4, u64::from(index)]),
            Kind::Sum(items) => sorted(5, all(self, terms, &items)),
            Kind::Product(items) => sorted(6, all(self, terms, &items)),
            Kind::Power(a, b) => mix(&[7, self.hash(terms, a), self.hash(terms, b)]),
            Kind::Call(Fun::Library(name), items) if &*name == "log_mix" && items.len() == 3 => {
                // the same with the components exchanged
                let other = self.other_weight(terms, items[0]);
                let h = all(self, terms, &[items[0], items[1], other, items[2]]);
                sorted(8, vec![mix(&[h[0], h[1]]), mix(&[h[2], h[3]])])
            }
            Kind::Call(fun, items) => {
                let hashes = all(self, terms, &items);
                let name = self.fun_hash(&fun);
                match commutes(&fun, items.len()) {
                    true => sorted(name, hashes),
                    false => mix(&std::iter::once(name).chain(hashes).collect::<Vec<_>>()),
                }
            }
            Kind::Index(base, indices) => {
                let base = self.hash(terms, base);
                let hashes = all(self, terms, &indices);
                mix(&[10, base].into_iter().chain(hashes).collect::<Vec<_>>())
            }
            Kind::Build(container, count, body) => {
                mix(&[11, container as u64, self.hash(terms, count), self.hash(terms, body)])
            }
        };
        self.hashes.insert(id, hash);
        hash
    }

    /// One minus a weight.
    pub fn other_weight(&self, terms: &mut Terms, weight: Id) -> Id {
        let one = terms.int(1);
        terms.subtract(one, weight)
    }

    fn fun_hash(&self, fun: &Fun) -> u64 {
        match fun {
            Fun::Density { family, form } => hash_of(("density", family, form)),
            Fun::User { function, form } => hash_of(("user", self.functions.get(function.0 as usize), form)),
            Fun::Function(function) => hash_of(("passed", self.functions.get(function.0 as usize))),
            other => hash_of(other),
        }
    }

    fn declared_hash(&mut self, terms: &mut Terms, declared: &Declared) -> u64 {
        let sizes = terms.variables[declared.var.0 as usize].sizes.clone();
        let mut parts = vec![20, self.colours[declared.var.0 as usize]];
        parts.extend(sizes.into_iter().map(|size| self.hash(terms, size)));
        parts.push(bounds_tag(&declared.constraint));
        parts.extend(declared.constraint.terms().into_iter().map(|term| self.hash(terms, term)));
        mix(&parts)
    }

    pub fn factor_hash(&mut self, terms: &mut Terms, factor: &Factor) -> u64 {
        let over: Vec<u64> = factor.over.iter().map(|&t| self.hash(terms, t)).collect();
        let guards: Vec<u64> = factor.guards.iter().map(|&t| self.hash(terms, t)).collect();
        let kind = match &factor.kind {
            FactorKind::Density { density, truncation, .. } => {
                let ends = truncation.map_or(0, |(a, b)| 1 + u64::from(a.is_some()) + 2 * u64::from(b.is_some()));
                mix(&[30, self.fun_hash(density), ends])
            }
            FactorKind::Add(_) => 31,
            FactorKind::Jacobian(_) => 32,
        };
        let inner: Vec<u64> = factor.kind.terms().into_iter().map(|t| self.hash(terms, t)).collect();
        mix(&[kind, mix(&over), sorted(33, guards), mix(&inner)])
    }

    fn code_hash(&mut self, terms: &mut Terms, code: &Code) -> u64 {
        let mut parts = vec![match code {
            Code::Declare(..) => 40,
            Code::Assign(..) => 41,
            Code::Unpack(..) => 42,
            Code::Call(fun, _) => mix(&[43, self.fun_hash(fun)]),
            Code::Factor(factor) => return self.factor_hash(terms, factor),
            Code::If(..) => 44,
            Code::While(..) => 45,
            Code::For(..) => 46,
            Code::ForEach(..) => 47,
            Code::Break => 48,
            Code::Continue => 49,
            Code::Return(_) => 50,
            Code::Reject => 51,
        }];
        if let Code::Assign(_, path, _) = code {
            parts.extend(path.iter().map(|slot| match slot {
                Slot::All => 1,
                Slot::At(_) => 2,
                Slot::From(_) => 3,
                Slot::To(_) => 4,
                Slot::Between(..) => 5,
                Slot::Project(place) => 10 + *place as u64,
            }));
        }
        let (mut inside, mut vars) = (Vec::new(), Vec::new());
        code.for_each(&mut |term| inside.push(term), &mut |var| vars.push(var));
        parts.extend(vars.into_iter().map(|var| self.colours[var.0 as usize]));
        parts.extend(inside.into_iter().map(|term| self.hash(terms, term)));
        mix(&parts)
    }

    pub fn key(&mut self, terms: &mut Terms, id: Id) -> Key {
        if let Some(key) = self.keys.get(&id) {
            return key.clone();
        }
        let node = terms.node(id).clone();
        let class = match node.kind {
            Kind::Int(_) | Kind::Real(_) => 0,
            _ if node.free == 0 => 1,
            _ => 2,
        };
        let (mut data, mut picked) = (Vec::new(), Vec::new());
        terms.visit(id, &mut |inner| match terms.kind(inner) {
            Kind::Var(var) => data.extend(self.ranks.get(var)),
            Kind::Index(_, indices) => {
                picked.extend(indices.iter().filter_map(|&index| match terms.kind(index) {
                    Kind::Int(place) => Some(*place),
                    _ => None,
                }));
            }
            _ => {}
        });
        data.sort_unstable();
        data.dedup();
        picked.sort_unstable();
        let key = Key(class, node.size, data, picked, self.hash(terms, id));
        self.keys.insert(id, key.clone());
        key
    }

    /// Sorted for a reader: by [`Key`].
    pub fn sorted(&mut self, terms: &mut Terms, items: &[Id]) -> Vec<Id> {
        let mut keyed: Vec<(Key, Id)> = items.iter().map(|&item| (self.key(terms, item), item)).collect();
        keyed.sort();
        keyed.into_iter().map(|(_, item)| item).collect()
    }

    pub fn colour(&self, var: Var) -> u64 {
        self.colours[var.0 as usize]
    }

    /// Place of a data variable among the data.
    pub fn data_rank(&self, var: Var) -> Option<u32> {
        self.ranks.get(&var).copied()
    }
}

fn sorted(tag: u64, mut hashes: Vec<u64>) -> u64 {
    hashes.sort_unstable();
    hashes.push(tag);
    mix(&hashes)
}

/// Whether the arguments may be exchanged.
pub fn commutes(fun: &Fun, arguments: usize) -> bool {
    match fun {
        Fun::Operator(Operator::Equals) => arguments == 2,
        // the order of conditions decides only which of them are evaluated
        Fun::And | Fun::Or => true,
        Fun::Library(name) => arguments == 2 && matches!(&**name, "fmin" | "fmax" | "log_sum_exp" | "hypot"),
        _ => false,
    }
}

fn bounds_tag(bounds: &Bounds) -> u64 {
    match bounds {
        Bounds::None => 0,
        Bounds::Lower(_) => 1,
        Bounds::Upper(_) => 2,
        Bounds::Both(..) => 3,
        Bounds::Structure(c) => hash_of(format!("{c:?}")),
    }
}

fn initial(form: &Form, names: bool) -> Vec<u64> {
    let mut colours: Vec<u64> = form.terms.variables.iter().map(|v| hash_of(("kept", &v.ty))).collect();
    for (block, tag) in [(&form.data, "data"), (&form.parameters, "parameter")] {
        for declared in block {
            let variable = &form.terms.variables[declared.var.0 as usize];
            let name = if names && tag == "data" { variable.name.as_str() } else { "" };
            colours[declared.var.0 as usize] = hash_of((tag, &variable.ty, bounds_tag(&declared.constraint), name));
        }
    }
    colours
}

/// A name with its numbers as numbers, so that `x2` stands before `x10`.
pub fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let (mut text, mut digits) = (String::new(), String::new());
    for c in name.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
        } else {
            if !digits.is_empty() {
                parts.push((std::mem::take(&mut text), std::mem::take(&mut digits).parse().unwrap_or(u64::MAX)));
            }
            text.push(c);
        }
    }
    parts.push((text, digits.parse().unwrap_or(0)));
    parts
}
