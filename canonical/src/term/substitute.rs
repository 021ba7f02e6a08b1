//! Replacing loop variables and variables in terms.

use super::{Fun, Id, Kind, Terms, Var};
use std::collections::HashMap;

impl Terms {
    /// The body of a comprehension at an index: `Bound(0)` becomes `at`, other free indices count one loop less.
    pub fn instantiate(&mut self, body: Id, at: Id) -> Id {
        self.replace_bound(body, 0, at, &mut HashMap::new())
    }

    fn replace_bound(&mut self, id: Id, depth: u32, at: Id, memo: &mut HashMap<(Id, u32), Id>) -> Id {
        if self.node(id).free <= depth {
            return id;
        }
        if let Some(&done) = memo.get(&(id, depth)) {
            return done;
        }
        let result = match *self.kind(id) {
            Kind::Bound(index) if index == depth => self.shift(at, depth),
            Kind::Bound(index) => self.bound(index - 1),
            _ => self.rebuild(id, depth, &mut |terms, child, depth| terms.replace_bound(child, depth, at, memo)),
        };
        memo.insert((id, depth), result);
        result
    }

    /// The same term inside `by` more loops.
    pub fn shift(&mut self, id: Id, by: u32) -> Id {
        match by {
            0 => id,
            _ => self.shift_above(id, 0, by as i64, &mut HashMap::new()),
        }
    }

    /// The same term outside a loop around it, whose variable it does not mention.
    pub fn unshift(&mut self, id: Id) -> Id {
        self.shift_above(id, 0, -1, &mut HashMap::new())
    }

    fn shift_above(&mut self, id: Id, depth: u32, by: i64, memo: &mut HashMap<(Id, u32), Id>) -> Id {
        if self.node(id).free <= depth {
            return id;
        }
        if let Some(&done) = memo.get(&(id, depth)) {
            return done;
        }
        let result = match *self.kind(id) {
            Kind::Bound(index) => self.bound((i64::from(index) + by) as u32),
            _ => self.rebuild(id, depth, &mut |terms, child, depth| terms.shift_above(child, depth, by, memo)),
        };
        memo.insert((id, depth), result);
        result
    }

    /// Exchanges the variables of the two innermost loops.
    pub fn swap_loops(&mut self, id: Id) -> Id {
        self.map_bound(id, 0, &|index| match index {
            0 => 1,
            1 => 0,
            other => other,
        })
    }

    fn map_bound(&mut self, id: Id, depth: u32, map: &dyn Fn(u32) -> u32) -> Id {
        if self.node(id).free <= depth {
            return id;
        }
        match *self.kind(id) {
            Kind::Bound(index) => self.bound(map(index - depth) + depth),
            _ => self.rebuild(id, depth, &mut |terms, child, depth| terms.map_bound(child, depth, map)),
        }
    }

    /// Whether a free loop variable occurs.
    pub fn has_bound(&self, id: Id, index: u32) -> bool {
        if self.node(id).free <= index {
            return false;
        }
        match *self.kind(id) {
            Kind::Bound(own) => own == index,
            Kind::Build(_, count, body) => self.has_bound(count, index) || self.has_bound(body, index + 1),
            _ => {
                let mut found = false;
                self.children(id, &mut |child| found |= self.has_bound(child, index));
                found
            }
        }
    }

    /// Replaces variables by closed terms.
    pub fn replace_variables(&mut self, id: Id, by: &HashMap<Var, Id>) -> Id {
        self.replace_terms(id, &mut |terms, id, _| match terms.kind(id) {
            Kind::Var(var) => by.get(var).copied(),
            _ => None,
        })
    }

    /// Replaces every outermost term for which `by` has another; `by` gets the number of comprehensions around it inside `id`, and its
    /// result lives there too.
    pub fn replace_terms(&mut self, id: Id, by: &mut dyn FnMut(&mut Terms, Id, u32) -> Option<Id>) -> Id {
        self.replace_at(id, 0, by, &mut HashMap::new())
    }

    fn replace_at(
        &mut self,
        id: Id,
        depth: u32,
        by: &mut dyn FnMut(&mut Terms, Id, u32) -> Option<Id>,
        memo: &mut HashMap<(Id, u32), Id>,
    ) -> Id {
        if let Some(&done) = memo.get(&(id, depth)) {
            return done;
        }
        let result = match by(self, id, depth) {
            Some(other) => other,
            None => self.rebuild(id, depth, &mut |terms, child, depth| terms.replace_at(child, depth, by, memo)),
        };
        memo.insert((id, depth), result);
        result
    }

    /// The term with mapped parts, normalised again. `map` gets the number of loops around a part.
    pub fn rebuild(&mut self, id: Id, depth: u32, map: &mut dyn FnMut(&mut Terms, Id, u32) -> Id) -> Id {
        let ty = self.ty(id).clone();
        match self.kind(id).clone() {
            Kind::Int(_) | Kind::Real(_) | Kind::Var(_) | Kind::Bound(_) => id,
            Kind::Sum(items) => {
                let items = items.iter().map(|&item| map(self, item, depth)).collect();
                self.sum(items)
            }
            Kind::Product(items) => {
                let items = items.iter().map(|&item| map(self, item, depth)).collect();
                self.product(items)
            }
            Kind::Power(base, exponent) => {
                let (base, exponent) = (map(self, base, depth), map(self, exponent, depth));
                self.power(base, exponent)
            }
            Kind::Call(fun, items) => {
                let items: Vec<Id> = items.iter().map(|&item| map(self, item, depth)).collect();
                match fun {
                    Fun::Library(name) => self.function(&name, items, ty),
                    Fun::Ternary => self.ternary(items[0], items[1], items[2]),
                    fun => self.call(fun, items, ty),
                }
            }
            Kind::Index(base, indices) => {
                let base = map(self, base, depth);
                let indices: Vec<Id> = indices.iter().map(|&item| map(self, item, depth)).collect();
                self.at(base, &indices)
            }
            Kind::Build(container, count, body) => {
                let count = map(self, count, depth);
                let body = map(self, body, depth + 1);
                self.build(container, count, body)
            }
        }
    }
}
