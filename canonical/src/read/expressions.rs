//! Expressions as terms.

use super::{Read, Reader, Stop, Value};
use crate::term::arithmetic::is_scalar;
use crate::term::build::dimensions;
use crate::term::{Container, Fun, Id, Kind};
use ppl_program::typed::{Callee, Expr, ExprKind, Form, Index, Type, VarId};
use ppl_runtime::catalogue;
use ppl_runtime::functions::Operator;

impl Reader<'_> {
    pub(super) fn expression(&mut self, e: &Expr) -> Read<Id> {
        match &e.kind {
            ExprKind::Int(i) => Ok(self.terms.int(i64::from(*i))),
            ExprKind::Real(x) => Ok(self.terms.real(*x)),
            ExprKind::Imaginary(x) => Ok(self.terms.call(Fun::Imaginary(x.to_bits()), Vec::new(), Type::Complex)),
            ExprKind::Variable(variable) => self.variable(*variable),
            ExprKind::Target => match self.keeping {
                true => Ok(self.terms.call(Fun::Target, Vec::new(), Type::Real)),
                false => Err(Stop),
            },
            ExprKind::Promote(inner) => self.expression(inner),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, &e.ty),
            ExprKind::And(a, b) => self.logical(Fun::And, a, b),
            ExprKind::Or(a, b) => self.logical(Fun::Or, a, b),
            ExprKind::Ternary { condition, then, otherwise } => {
                let condition = self.expression(condition)?;
                let (then, otherwise) = (self.expression(then)?, self.expression(otherwise)?);
                Ok(self.choose(condition, then, otherwise))
            }
            ExprKind::Index { base, indices } => self.index(base, indices, &e.ty),
            ExprKind::Project { base, index } => {
                let base = self.expression(base)?;
                Ok(match self.terms.kind(base) {
                    Kind::Call(Fun::Tuple, items) => items[index - 1],
                    _ => self.terms.call(Fun::Project(*index), vec![base], e.ty.clone()),
                })
            }
            ExprKind::Array(items) => self.literal(Fun::ArrayLiteral, items, &e.ty),
            ExprKind::RowVector(items) => self.literal(Fun::RowLiteral, items, &e.ty),
            ExprKind::MatrixRows(items) => self.literal(Fun::MatrixLiteral, items, &e.ty),
            ExprKind::Tuple(items) => self.literal(Fun::Tuple, items, &e.ty),
            ExprKind::Function(function) => Ok(self.terms.call(Fun::Function(*function), Vec::new(), e.ty.clone())),
        }
    }

    pub(super) fn expressions(&mut self, items: &[Expr]) -> Read<Vec<Id>> {
        items.iter().map(|item| self.expression(item)).collect()
    }

    fn literal(&mut self, fun: Fun, items: &[Expr], ty: &Type) -> Read<Id> {
        let items = self.expressions(items)?;
        Ok(self.terms.call(fun, items, ty.clone()))
    }

    fn logical(&mut self, fun: Fun, a: &Expr, b: &Expr) -> Read<Id> {
        let (a, b) = (self.expression(a)?, self.expression(b)?);
        Ok(self.connect(fun, vec![a, b]))
    }

    /// Conjunctions and disjunctions are flat, and without parts that are known.
    fn connect(&mut self, fun: Fun, items: Vec<Id>) -> Id {
        let decides = |number: f64| (number == 0.0) == (fun == Fun::And);
        if items.iter().any(|&item| self.terms.number(item).is_some_and(decides)) {
            return self.terms.int(i64::from(fun == Fun::Or));
        }
        let items: Vec<Id> = items.into_iter().filter(|&item| self.terms.number(item).is_none()).collect();
        let mut all: Vec<Id> = Vec::new();
        for item in items {
            match self.terms.kind(item) {
                Kind::Call(own, inner) if *own == fun => all.extend(inner.iter()),
                _ => all.push(item),
            }
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|item| seen.insert(*item));
        match all.as_slice() {
            [] => self.terms.int(i64::from(fun == Fun::And)),
            &[one] => self.truth(one),
            _ => self.terms.call(fun, all, Type::Int),
        }
    }

    /// 1 or 0 for a condition that may be any number.
    fn truth(&mut self, condition: Id) -> Id {
        let known = match self.terms.kind(condition) {
            Kind::Call(Fun::Operator(_) | Fun::And | Fun::Or, _) => *self.terms.ty(condition) == Type::Int,
            _ => false,
        };
        match known {
            true => condition,
            false => {
                let zero = self.terms.int(0);
                self.scalar_operator(Operator::NotEquals, &[condition, zero], true)
            }
        }
    }

    /// The choice by a condition; a negated one chooses the other way round.
    pub(super) fn choose(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        match self.terms.kind(condition).clone() {
            Kind::Call(Fun::Operator(Operator::Not), items) => self.terms.ternary(items[0], otherwise, then),
            _ => self.terms.ternary(condition, then, otherwise),
        }
    }

    pub(super) fn variable(&mut self, variable: VarId) -> Read<Id> {
        match self.environment.get(&variable).cloned() {
            Some(Value::Term(term, depth)) => Ok(self.here(term, depth)),
            Some(Value::Kept(var)) => {
                let changes = self.last_write.get(&variable).is_some_and(|&last| last > self.now);
                match changes && !self.keeping {
                    true => Err(Stop),
                    false => Ok(self.terms.var(var)),
                }
            }
            Some(Value::Partial { base, updates }) => match (base, updates.is_empty()) {
                (Some((term, depth)), true) => Ok(self.here(term, depth)),
                _ => self.assembled(variable, &updates),
            },
            None => Err(Stop),
        }
    }

    /// A vector or array of known size, all of whose elements were assigned one by one.
    fn assembled(&mut self, variable: VarId, updates: &[super::Update]) -> Read<Id> {
        let shape = self.shapes.get(&variable).cloned().ok_or(Stop)?;
        let count = shape.sizes.first().and_then(|&size| self.terms.number(size)).ok_or(Stop)? as usize;
        if dimensions(&shape.ty) != 1 || updates.len() != count || count > 100 {
            return Err(Stop);
        }
        if count == 0 {
            let zero = self.terms.int(0);
            let container = Container::of(&shape.ty).ok_or(Stop)?;
            return Ok(self.terms.build(container, zero, zero));
        }
        let mut items = Vec::new();
        for place in 1..=count {
            let here =
                |update: &&super::Update| update.indices.len() == 1 && self.terms.is(update.indices[0], place as f64);
            let update = updates.iter().find(here).ok_or(Stop)?;
            items.push((update.value, update.depth));
        }
        let items = items.into_iter().map(|(term, depth)| self.here(term, depth)).collect();
        let fun = if matches!(shape.ty, Type::Array(..)) { Fun::ArrayLiteral } else { Fun::RowLiteral };
        Ok(self.terms.call(fun, items, shape.ty))
    }

    fn index(&mut self, base: &Expr, indices: &[Index], ty: &Type) -> Read<Id> {
        // an element that was assigned before the whole is known
        if let ExprKind::Variable(variable) = base.kind
            && let Some(Value::Partial { base, updates }) = self.environment.get(&variable).cloned()
            && indices.iter().all(|index| matches!(index, Index::Single(_)))
        {
            let mut places = Vec::new();
            for index in indices {
                if let Index::Single(e) = index {
                    places.push(self.expression(e)?);
                }
            }
            return self.element(base, &updates, &places);
        }
        let base = self.expression(base)?;
        self.apply(base, indices, ty)
    }

    fn element(&mut self, base: Option<(Id, u32)>, updates: &[super::Update], places: &[Id]) -> Read<Id> {
        for update in updates.iter().rev() {
            let own: Vec<Id> = update.indices.iter().map(|&i| self.here(i, update.depth)).collect();
            if places.len() >= own.len() && places[..own.len()] == own {
                let value = self.here(update.value, update.depth);
                return Ok(self.terms.at(value, &places[own.len()..]));
            }
            // two different numbers are two different places
            let apart = own
                .iter()
                .zip(places)
                .any(|(&a, &b)| matches!((self.terms.number(a), self.terms.number(b)), (Some(a), Some(b)) if a != b));
            if !apart {
                return Err(Stop);
            }
        }
        let (term, depth) = base.ok_or(Stop)?;
        let base = self.here(term, depth);
        Ok(self.terms.at(base, places))
    }

    /// `base[indices]`: slices become comprehensions. Terms of `base` and indices live where we are.
    fn apply(&mut self, base: Id, indices: &[Index], ty: &Type) -> Read<Id> {
        let Some((first, rest)) = indices.split_first() else { return Ok(base) };
        // what each range picks, as (count, place of the element at Bound(0))
        let range = match first {
            Index::Single(e) => {
                let place = self.expression(e)?;
                let inner = self.terms.at(base, &[place]);
                return self.apply(inner, rest, ty);
            }
            Index::All if rest.is_empty() => return Ok(base),
            Index::All => {
                let at = self.terms.bound(0);
                (self.terms.count(base), at)
            }
            Index::Multi(e) => {
                let list = self.expression(e)?;
                let (count, at) = (self.terms.count(list), self.terms.bound(0));
                let list = self.terms.shift(list, 1);
                (count, self.terms.at(list, &[at]))
            }
            Index::From(e) | Index::To(e) => {
                let bound = self.expression(e)?;
                let one = self.terms.int(1);
                let end = self.terms.count(base);
                match first {
                    Index::From(_) => self.between(bound, end),
                    _ => self.between(one, bound),
                }
            }
            Index::Between(a, b) => {
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                self.between(a, b)
            }
        };
        let container = Container::of(self.terms.ty(base)).ok_or(Stop)?;
        let inner = self.terms.shift(base, 1);
        let inner = self.terms.at(inner, &[range.1]);
        self.depth += 1;
        let inner = self.apply(inner, rest, ty);
        self.depth -= 1;
        // a column of a matrix is a vector
        let container = match (container, ty) {
            (Container::Matrix, Type::Vector) => Container::Vector,
            (container, _) => container,
        };
        Ok(self.terms.build(container, range.0, inner?))
    }

    /// Count and place of the elements `from..=to`.
    fn between(&mut self, from: Id, to: Id) -> (Id, Id) {
        let skipped = {
            let minus_one = self.terms.int(-1);
            self.terms.sum(vec![from, minus_one])
        };
        let count = self.terms.subtract(to, skipped);
        let (skipped, at) = (self.terms.shift(skipped, 1), self.terms.bound(0));
        (count, self.terms.sum(vec![at, skipped]))
    }

    fn call(&mut self, callee: &Callee, arguments: &[Expr], ty: &Type) -> Read<Id> {
        match callee {
            Callee::Operator(op) => {
                let types: Vec<Type> = arguments.iter().map(|a| a.ty.clone()).collect();
                let arguments = self.expressions(arguments)?;
                self.operator(*op, &types, arguments, ty)
            }
            Callee::Library(name) => {
                let arguments = self.expressions(arguments)?;
                Ok(self.library(name, arguments, ty))
            }
            Callee::Distribution { family, form } => {
                let arguments = self.expressions(arguments)?;
                let form = if self.keeping_constants && *form == Form::LogUnnormalised { Form::Log } else { *form };
                let fun = Fun::Density { family: family.as_str().into(), form };
                match form {
                    Form::Log | Form::LogUnnormalised => Ok(self.density_term(fun, arguments)),
                    _ => Ok(self.terms.call(fun, arguments, ty.clone())),
                }
            }
            Callee::User { function, form } => {
                let arguments = self.expressions(arguments)?;
                if let Some(result) = self.inline_density(function.0 as usize, *form, &arguments) {
                    return Ok(result);
                }
                if *form == Form::Plain
                    && let Some(result) = self.inline(function.0 as usize, &arguments)
                {
                    return Ok(result);
                }
                Ok(self.terms.call(Fun::User { function: *function, form: *form }, arguments, ty.clone()))
            }
        }
    }

    /// A library function; one that maps numbers to numbers is applied to every element.
    fn library(&mut self, name: &str, arguments: Vec<Id>, ty: &Type) -> Id {
        let containers = arguments.iter().any(|&a| !is_scalar(self.terms.ty(a)));
        if containers && is_elementwise(name, arguments.len()) && *ty != Type::Matrix && !is_scalar(ty) {
            return self.elementwise(arguments, &mut |reader, items| reader.terms.function(name, items, Type::Real));
        }
        self.terms.function(name, arguments, ty.clone())
    }

    /// Applies `f` to the elements of the containers among the arguments; numbers go with every element.
    fn elementwise(&mut self, arguments: Vec<Id>, f: &mut dyn FnMut(&mut Self, Vec<Id>) -> Id) -> Id {
        let Some(&first) = arguments.iter().find(|&&a| !is_scalar(self.terms.ty(a))) else {
            return f(self, arguments);
        };
        let container = Container::of(self.terms.ty(first)).unwrap_or(Container::Array);
        let count = self.terms.count(first);
        let at = self.terms.bound(0);
        let inner = arguments.into_iter().map(|a| {
            let container = !is_scalar(self.terms.ty(a));
            let a = self.terms.shift(a, 1);
            if container { self.terms.at(a, &[at]) } else { a }
        });
        let inner: Vec<Id> = inner.collect();
        self.depth += 1;
        let body = self.elementwise(inner, f);
        self.depth -= 1;
        self.terms.build(container, count, body)
    }

    fn operator(&mut self, op: Operator, types: &[Type], items: Vec<Id>, ty: &Type) -> Read<Id> {
        let scalars = types.iter().all(is_scalar);
        let complex = types.iter().chain([ty]).any(Type::is_complex);
        if complex || (!scalars && matches!(op, Operator::LeftDivide | Operator::Modulo)) {
            return Ok(self.terms.call(Fun::Operator(op), items, ty.clone()));
        }
        if scalars {
            let integers = types.iter().all(|ty| *ty == Type::Int);
            return Ok(self.scalar_operator(op, &items, integers));
        }
        let matrices = types.contains(&Type::Matrix);
        match (op, items.as_slice()) {
            (Operator::Plus1, &[a]) => Ok(a),
            (Operator::Negate, &[a]) if matrices => Ok(self.terms.scale(-1.0, a)),
            (Operator::Transpose, &[a]) => Ok(self.transpose(a)),
            (Operator::Plus, &[a, b]) if matrices && types[0] == types[1] => Ok(self.terms.sum(vec![a, b])),
            (Operator::Minus, &[a, b]) if matrices && types[0] == types[1] => Ok(self.terms.subtract(a, b)),
            (Operator::Times | Operator::EltTimes, &[a, b]) if matrices && types.iter().any(is_scalar) => {
                Ok(self.terms.product(vec![a, b]))
            }
            (Operator::Divide | Operator::EltDivide, &[a, b]) if matrices && is_scalar(&types[1]) => {
                Ok(self.terms.divide(a, b))
            }
            (Operator::Times, &[a, b]) if !types.iter().any(is_scalar) => Ok(self.matrix_product(a, b, types, ty)),
            (Operator::Divide, _) if matrices => Ok(self.terms.call(Fun::Operator(op), items, ty.clone())),
            _ if matrices => Ok(self.terms.call(Fun::Operator(op), items, ty.clone())),
            _ => Ok(self.elementwise(items, &mut |reader, items| reader.scalar_operator(op, &items, false))),
        }
    }

    fn scalar_operator(&mut self, op: Operator, items: &[Id], integers: bool) -> Id {
        let t = &mut self.terms;
        if let &[a, b] = items
            && let (Some(a), Some(b)) = (t.number(a), t.number(b))
            && let Some(holds) = compared(op, a, b)
        {
            return t.int(i64::from(holds));
        }
        match (op, items) {
            (Operator::Plus1, &[a]) => a,
            (Operator::Negate, &[a]) => t.negate(a),
            (Operator::Plus, &[a, b]) => t.sum(vec![a, b]),
            (Operator::Minus, &[a, b]) => t.subtract(a, b),
            (Operator::Times | Operator::EltTimes, &[a, b]) => t.product(vec![a, b]),
            (Operator::Divide | Operator::EltDivide, &[a, b]) if !integers => t.divide(a, b),
            (Operator::Divide, &[a, b]) => t.call(Fun::Operator(Operator::IntDivide), vec![a, b], Type::Int),
            (Operator::Pow | Operator::EltPow, &[a, b]) => t.power(a, b),
            (Operator::Not, &[a]) => self.not(a),
            (Operator::Greater, &[a, b]) => t.call(Fun::Operator(Operator::Less), vec![b, a], Type::Int),
            (Operator::GreaterEquals, &[a, b]) => t.call(Fun::Operator(Operator::LessEquals), vec![b, a], Type::Int),
            (Operator::NotEquals, &[a, b]) => {
                let equal = t.call(Fun::Operator(Operator::Equals), vec![a.min(b), a.max(b)], Type::Int);
                self.not(equal)
            }
            (Operator::Equals, &[a, b]) => t.call(Fun::Operator(op), vec![a.min(b), a.max(b)], Type::Int),
            _ => t.call(Fun::Operator(op), items.to_vec(), Type::Int),
        }
    }

    /// The opposite of a condition (of numbers that can be compared).
    pub(super) fn not(&mut self, condition: Id) -> Id {
        let t = &mut self.terms;
        match t.kind(condition).clone() {
            Kind::Call(Fun::Operator(Operator::Not), items) => items[0],
            Kind::Call(Fun::Operator(Operator::Less), items) => {
                t.call(Fun::Operator(Operator::LessEquals), vec![items[1], items[0]], Type::Int)
            }
            Kind::Call(Fun::Operator(Operator::LessEquals), items) => {
                t.call(Fun::Operator(Operator::Less), vec![items[1], items[0]], Type::Int)
            }
            Kind::Int(i) => t.int(i64::from(i == 0)),
            // De Morgan
            Kind::Call(fun @ (Fun::And | Fun::Or), items) => {
                let dual = if fun == Fun::And { Fun::Or } else { Fun::And };
                let items = items.iter().map(|&item| self.not(item)).collect();
                self.connect(dual, items)
            }
            _ => t.call(Fun::Operator(Operator::Not), vec![condition], Type::Int),
        }
    }

    fn transpose(&mut self, a: Id) -> Id {
        match self.terms.ty(a) {
            Type::Vector => self.terms.recast(Container::RowVector, a),
            Type::RowVector => self.terms.recast(Container::Vector, a),
            _ => match self.terms.kind(a).clone() {
                Kind::Call(Fun::Operator(Operator::Transpose), items) => items[0],
                _ => self.terms.call(Fun::Operator(Operator::Transpose), vec![a], Type::Matrix),
            },
        }
    }

    /// Products with vectors are sums over elements; products of matrices stay what they are.
    pub(super) fn matrix_product(&mut self, a: Id, b: Id, types: &[Type], ty: &Type) -> Id {
        // [A, B] v = A v[1..] + B v[..n]
        if types[0] == Type::Matrix
            && types[1] == Type::Vector
            && let Kind::Call(Fun::Library(name), parts) = self.terms.kind(a).clone()
            && &*name == "append_col"
        {
            return self.product_of_parts(&parts, b);
        }
        let t = &mut self.terms;
        match (&types[0], &types[1]) {
            (Type::RowVector, Type::Vector) => t.dot(a, b),
            (Type::Matrix, Type::Vector) => {
                let (count, at) = (t.count(a), t.bound(0));
                let (a, b) = (t.shift(a, 1), t.shift(b, 1));
                let row = t.at(a, &[at]);
                let cell = t.dot(row, b);
                t.build(Container::Vector, count, cell)
            }
            (Type::RowVector, Type::Matrix) => {
                let (count, at) = (t.sizes(b).get(1).copied().unwrap_or(b), t.bound(1));
                let (a, b) = (t.shift(a, 2), t.shift(b, 2));
                let inner = t.bound(0);
                let (x, y) = (t.at(a, &[inner]), t.at(b, &[inner, at]));
                let product = t.product(vec![x, y]);
                let length = {
                    let outer = t.count(a);
                    t.unshift(outer)
                };
                let products = t.build(Container::Vector, length, product);
                let cell = t.function("sum", vec![products], Type::Real);
                t.build(Container::RowVector, count, cell)
            }
            (Type::Vector, Type::RowVector) => {
                let (rows, columns) = (t.count(a), t.count(b));
                let (a, b) = (t.shift(a, 2), t.shift(b, 2));
                let (i, j) = (t.bound(1), t.bound(0));
                let (x, y) = (t.at(a, &[i]), t.at(b, &[j]));
                let cell = t.product(vec![x, y]);
                let columns = t.shift(columns, 1);
                let row = t.build(Container::RowVector, columns, cell);
                t.build(Container::Matrix, rows, row)
            }
            _ => t.call(Fun::Operator(Operator::Times), vec![a, b], ty.clone()),
        }
    }
}

impl Reader<'_> {
    /// Columns side by side times a vector: each part times its own stretch of the vector.
    fn product_of_parts(&mut self, parts: &[Id], vector: Id) -> Id {
        let mut skipped = self.terms.int(0);
        let mut products = Vec::new();
        for &part in parts {
            if *self.terms.ty(part) == Type::Matrix {
                let columns = self.terms.sizes(part)[1];
                let stretch = self.terms.slice(vector, skipped, columns);
                let types = [Type::Matrix, Type::Vector];
                products.push(self.matrix_product(part, stretch, &types, &Type::Vector));
                skipped = self.terms.sum(vec![skipped, columns]);
            } else {
                let one = self.terms.int(1);
                let place = self.terms.sum(vec![skipped, one]);
                let weight = self.terms.at(vector, &[place]);
                let items = vec![part, weight];
                products.push(self.elementwise(items, &mut |reader, items| reader.terms.product(items)));
                skipped = place;
            }
        }
        self.elementwise(products, &mut |reader, items| reader.terms.sum(items))
    }
}

/// What a comparison of two numbers says; `None` for other operators.
fn compared(op: Operator, a: f64, b: f64) -> Option<bool> {
    match op {
        Operator::Equals => Some(a == b),
        Operator::NotEquals => Some(a != b),
        Operator::Less => Some(a < b),
        Operator::LessEquals => Some(a <= b),
        Operator::Greater => Some(a > b),
        Operator::GreaterEquals => Some(a >= b),
        _ => None,
    }
}

/// Whether a function takes numbers, and containers element by element.
pub fn is_elementwise(name: &str, arguments: usize) -> bool {
    let Some(signatures) = catalogue::signatures(name) else { return false };
    let takes = |ty: &Type, result: &Type| {
        signatures
            .iter()
            .any(|s| s.arguments.len() == arguments && s.result == *result && s.arguments.iter().all(|a| a.ty == *ty))
    };
    arguments > 0 && takes(&Type::Real, &Type::Real) && takes(&Type::Vector, &Type::Vector)
}
