//! Loops as ranges of factors, comprehensions and sums.

use super::statements::assigned;
use super::{Read, Reader, Stop, Update, Value};
use crate::term::build::{dimensions, element};
use crate::term::{Container, Id, Kind, Var, Variable};
use ppl_program::typed::{Statement, Type, VarId};

impl Reader<'_> {
    pub(super) fn for_loop(&mut self, variable: VarId, lower: Id, upper: Id, body: &Statement) -> Read<()> {
        let minus_one = self.terms.int(-1);
        let skipped = self.terms.sum(vec![lower, minus_one]);
        let count = self.terms.subtract(upper, skipped);
        let full = self.terms.is(skipped, 0.0);
        let inside = self.terms.shift(skipped, 1);
        let at = self.terms.bound(0);
        let place = self.terms.sum(vec![at, inside]);
        self.turn(variable, count, place, full, body)
    }

    pub(super) fn for_each_loop(&mut self, variable: VarId, range: Id, body: &Statement) -> Read<()> {
        if *self.terms.ty(range) == Type::Matrix {
            return Err(Stop);
        }
        let count = self.terms.count(range);
        let (range, at) = (self.terms.shift(range, 1), self.terms.bound(0));
        let item = self.terms.at(range, &[at]);
        self.turn(variable, count, item, false, body)
    }

    /// Runs the body once, for any value of the loop variable, which is `place` inside the loop.
    fn turn(&mut self, variable: VarId, count: Id, place: Id, full: bool, body: &Statement) -> Read<()> {
        let first = self.factors.len();
        let outer: Vec<VarId> = assigned(body).into_iter().filter(|v| self.environment.contains_key(v)).collect();
        let before: Vec<(VarId, Value, Var)> = outer.iter().map(|&v| self.carry(v)).collect::<Read<_>>()?;
        self.depth += 1;
        self.environment.insert(variable, Value::Term(place, self.depth));
        let result = self.run(body);
        self.depth -= 1;
        result?;
        for place in first..self.factors.len() {
            let terms = self.factors[place].terms();
            if terms.into_iter().any(|term| self.mentions_carried(term)) {
                return Err(Stop);
            }
            self.factors[place].over.insert(0, count);
        }
        for (variable, old, carried) in before {
            self.carried.remove(&carried);
            let new = self.environment.remove(&variable).ok_or(Stop)?;
            let value = self.after_loop(variable, old, new, carried, count, full)?;
            self.environment.insert(variable, value);
        }
        Ok(())
    }

    /// Puts a stand-in for what an assigned variable holds before a turn.
    fn carry(&mut self, variable: VarId) -> Read<(VarId, Value, Var)> {
        let shape = self.shapes.get(&variable).cloned().ok_or(Stop)?;
        let sizes = shape.sizes.iter().map(|&s| self.terms.shift(s, self.depth - shape.depth)).collect();
        let parametric = self.program.variable(variable).level == ppl_program::typed::Level::Parameter;
        let stand_in = Variable { name: String::new(), ty: shape.ty, sizes, parametric };
        let carried = self.terms.declare(stand_in);
        self.carried.insert(carried);
        let term = self.terms.var(carried);
        let value = Value::Partial { base: Some((term, 0)), updates: Vec::new() };
        let old = self.environment.insert(variable, value).ok_or(Stop)?;
        match old {
            Value::Kept(_) => Err(Stop),
            old => Ok((variable, old, carried)),
        }
    }

    fn after_loop(
        &mut self,
        variable: VarId,
        old: Value,
        new: Value,
        carried: Var,
        count: Id,
        full: bool,
    ) -> Read<Value> {
        let stand_in = self.terms.var(carried);
        let mentions = |reader: &Self, term: Id| {
            reader.mentions_carried(term) || reader.terms.mentions(term, |var| var == carried)
        };
        match new {
            Value::Partial { base: Some((base, _)), updates } if base == stand_in && updates.is_empty() => Ok(old),
            // x += term(i)
            Value::Term(term, _) => {
                let (Kind::Sum(items), Value::Term(start, depth)) = (self.terms.kind(term).clone(), &old) else {
                    return Err(Stop);
                };
                let rest: Vec<Id> = items.iter().copied().filter(|&item| item != stand_in).collect();
                let scalar = crate::term::arithmetic::is_scalar(self.terms.ty(stand_in));
                if rest.len() + 1 != items.len() || !scalar || rest.iter().any(|&item| mentions(self, item)) {
                    return Err(Stop);
                }
                let rest = self.terms.sum(rest);
                let integer = *self.terms.ty(rest) == Type::Int;
                let container = if integer { Container::Array } else { Container::Vector };
                let elements = self.terms.build(container, count, rest);
                let total = self.terms.function("sum", vec![elements], Type::Real);
                let start = self.here(*start, *depth);
                Ok(Value::Term(self.terms.sum(vec![start, total]), self.depth))
            }
            // x[..., i] = term(i)
            Value::Partial { base: Some((base, _)), updates } if base == stand_in && full => {
                let [update] = updates.as_slice() else { return Err(Stop) };
                let update = update.clone();
                if update.depth != self.depth + 1 || mentions(self, update.value) {
                    return Err(Stop);
                }
                self.filled(variable, old, &update, count)
            }
            _ => Err(Stop),
        }
    }

    /// The container that a loop over its last index (or only index) filled.
    fn filled(&mut self, variable: VarId, old: Value, update: &Update, count: Id) -> Read<Value> {
        let shape = self.shapes.get(&variable).cloned().ok_or(Stop)?;
        let (last, before) = update.indices.split_last().ok_or(Stop)?;
        let size = shape.sizes.get(before.len()).copied().ok_or(Stop)?;
        let size = self.terms.shift(size, self.depth - shape.depth);
        let whole = *self.terms.kind(*last) == Kind::Bound(0) && size == count;
        if !whole || before.iter().any(|&index| self.terms.has_bound(index, 0)) {
            return Err(Stop);
        }
        let ty = before.iter().try_fold(shape.ty.clone(), |ty, _| element(&ty)).ok_or(Stop)?;
        let container = Container::of(&ty).ok_or(Stop)?;
        if dimensions(&ty) != dimensions(self.terms.ty(update.value)) + 1 {
            return Err(Stop);
        }
        let value = self.terms.build(container, count, update.value);
        if before.is_empty() {
            return Ok(Value::Term(value, self.depth));
        }
        let indices = before.iter().map(|&index| self.terms.unshift(index)).collect();
        let update = Update { indices, value, depth: self.depth };
        match old {
            Value::Partial { base, mut updates } => {
                updates.push(update);
                Ok(Value::Partial { base, updates })
            }
            Value::Term(term, depth) => Ok(Value::Partial { base: Some((term, depth)), updates: vec![update] }),
            Value::Kept(_) => Err(Stop),
        }
    }
}
