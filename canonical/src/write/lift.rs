//! Comprehensions as vector expressions: what the elements do, done by whole vectors.
//!
//! The reverse of reading. Where a body has no vector form (its elements are picked by two lists at once, say), the answer is `None`
//! and a loop fills a variable.

use super::Writer;
use super::scalars::{chain, power, sum};
use super::syntax::{binary, body as block, call, expr, ident, indexed, number, statement, transpose, unary, variable};
use crate::read::is_elementwise;
use crate::term::arithmetic::is_scalar;
use crate::term::build::{dimensions, element};
use crate::term::{Fun, Id, Kind};
use ppl_grammar::ast::{self, BinaryOp, Expr, ExprKind, Index, LValue, LValueKind, Statement, StatementKind, UnaryOp};
use ppl_program::typed::{Form, Type};
use ppl_runtime::families;

/// What an expression over the elements of a range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar,
    Vector,
    Row,
    Ints,
    Reals,
}

#[derive(Clone, Debug)]
pub(super) struct Lifted {
    pub e: Expr,
    pub shape: Shape,
}

impl Lifted {
    /// As an operand of vector arithmetic.
    fn vector(self) -> Expr {
        match self.shape {
            Shape::Scalar | Shape::Vector => self.e,
            Shape::Row => transpose(self.e),
            Shape::Ints | Shape::Reals => call("to_vector", vec![self.e]),
        }
    }
}

impl Writer<'_> {
    /// The vector of the values of `body` at `1..count`.
    pub(super) fn vector(&mut self, count: Id, body: Id) -> Option<Expr> {
        let lifted = self.lift(count, body)?;
        (lifted.shape != Shape::Scalar).then(|| lifted.vector())
    }

    pub(super) fn lift(&mut self, count: Id, body: Id) -> Option<Lifted> {
        if !self.form.terms.has_bound(body, 0) {
            let body = self.form.terms.unshift(body);
            return Some(Lifted { e: self.term(body), shape: Shape::Scalar });
        }
        let vector = |e: Expr| Some(Lifted { e, shape: Shape::Vector });
        match self.form.terms.kind(body).clone() {
            Kind::Bound(0) => {
                let count = self.term(count);
                vector(call("linspaced_vector", vec![count.clone(), number(1.0), count]))
            }
            Kind::Index(base, indices) => self.element(count, base, &indices),
            Kind::Sum(items) => {
                let items = self.order.sorted(&mut self.form.terms, &items);
                let mut parts = Vec::new();
                for item in items {
                    let (factor, rest) = self.form.terms.split_factor(item);
                    let negative = factor < 0.0;
                    let item = if negative { self.form.terms.scale(-factor, rest) } else { item };
                    parts.push((negative, self.lift(count, item)?.vector()));
                }
                vector(sum(parts))
            }
            Kind::Product(items) => {
                let items = self.order.sorted(&mut self.form.terms, &items);
                vector(self.vector_product(count, &items)?)
            }
            Kind::Power(..) => vector(self.vector_product(count, &[body])?),
            Kind::Call(Fun::Library(name), items) if &*name == "sum" => {
                let Kind::Build(_, length, cell) = *self.form.terms.kind(items[0]) else { return None };
                vector(self.matrix_vector(count, length, cell)?)
            }
            Kind::Call(Fun::Library(name), items) if is_elementwise(&name, items.len()) => {
                let items = match items.len() {
                    2 if matches!(&*name, "fmin" | "fmax" | "log_sum_exp" | "hypot") => {
                        self.order.sorted(&mut self.form.terms, &items)
                    }
                    _ => items.to_vec(),
                };
                let items = items.iter().map(|&item| self.lift(count, item).map(Lifted::vector)).collect::<Option<_>>();
                vector(call(&name, items?))
            }
            _ => None,
        }
    }

    /// Factors, each over the range, multiplied element by element.
    fn vector_product(&mut self, count: Id, items: &[Id]) -> Option<Expr> {
        let (mut scalars, mut vectors) = (Vec::new(), Vec::new());
        let (mut under_scalars, mut under_vectors) = (Vec::new(), Vec::new());
        let mut negative = false;
        for &item in items {
            if let Some(value) = self.form.terms.number(item) {
                negative = value < 0.0;
                if value.abs() != 1.0 {
                    scalars.push(number(value.abs()));
                }
                continue;
            }
            let (base, exponent) = match *self.form.terms.kind(item) {
                Kind::Power(base, exponent) => (base, Some(exponent)),
                _ => (item, None),
            };
            let n = exponent.map_or(Some(1.0), |e| self.form.terms.number(e));
            let lifted = self.lift(count, base)?;
            let scalar = lifted.shape == Shape::Scalar;
            let base = lifted.vector();
            let (list, e) = match (n, scalar) {
                (Some(n), true) if n < 0.0 => (&mut under_scalars, power(base, -n, false)),
                (Some(n), true) => (&mut scalars, power(base, n, false)),
                (Some(n), false) if n < 0.0 => (&mut under_vectors, vector_power(base, -n)),
                (Some(n), false) => (&mut vectors, vector_power(base, n)),
                (None, _) => {
                    let exponent = self.lift(count, exponent?)?;
                    let op = if scalar && exponent.shape == Shape::Scalar { BinaryOp::Pow } else { BinaryOp::EltPow };
                    (&mut vectors, binary(op, base, exponent.vector()))
                }
            };
            list.push(e);
        }
        let scalar = match (scalars.is_empty(), under_scalars.is_empty()) {
            (true, _) => None,
            (false, _) => Some(chain(BinaryOp::Times, scalars)),
        };
        let vector = (!vectors.is_empty()).then(|| chain(BinaryOp::EltTimes, vectors));
        let above = match (scalar, vector) {
            (Some(a), Some(b)) => Some(binary(BinaryOp::Times, a, b)),
            (a, b) => a.or(b),
        };
        let mut result = match (above, under_vectors.is_empty()) {
            (None, false) if under_vectors.len() == 1 => call("inv", under_vectors),
            (None, _) => under_vectors.into_iter().fold(number(1.0), |e, d| binary(BinaryOp::EltDivide, e, d)),
            (Some(above), _) => under_vectors.into_iter().fold(above, |e, d| binary(BinaryOp::EltDivide, e, d)),
        };
        for divisor in under_scalars {
            result = binary(BinaryOp::Divide, result, divisor);
        }
        Some(if negative { unary(UnaryOp::Minus, result) } else { result })
    }

    /// `base[..., i, ...]` over the range of `i`.
    fn element(&mut self, count: Id, base: Id, indices: &[Id]) -> Option<Lifted> {
        if self.form.terms.has_bound(base, 0) {
            return None;
        }
        let outer = self.form.terms.unshift(base);
        let sizes = self.form.terms.sizes(outer);
        let ty = self.form.terms.ty(base).clone();
        if dimensions(&ty) != indices.len() {
            return None;
        }
        let mut over = None;
        let mut places = Vec::new();
        for (place, &index) in indices.iter().enumerate() {
            if self.form.terms.has_bound(index, 0) {
                if over.replace(place).is_some() {
                    return None;
                }
                places.push(self.range(count, index, sizes.get(place).copied())?);
            } else {
                let index = self.form.terms.unshift(index);
                places.push(Index::Single(self.term(index)));
            }
        }
        let over = over?;
        let shape = match (&ty, over) {
            (Type::Vector, _) => Shape::Vector,
            (Type::RowVector, _) => Shape::Row,
            (Type::Matrix, 0) => Shape::Vector,
            (Type::Matrix, _) => Shape::Row,
            (Type::Array(inner, dims), place) => match (&**inner, place < *dims) {
                (Type::Int, _) => Shape::Ints,
                (_, true) => Shape::Reals,
                (Type::Vector, false) => Shape::Vector,
                (Type::RowVector, false) => Shape::Row,
                (Type::Matrix, false) => {
                    if place == *dims {
                        Shape::Vector
                    } else {
                        Shape::Row
                    }
                }
                _ => return None,
            },
            _ => return None,
        };
        while matches!(places.last(), Some(Index::All(_))) {
            places.pop();
        }
        let base = self.term(outer);
        Some(Lifted { e: indexed(base, places), shape })
    }

    /// The places that an index takes over the range, in a dimension of a given size.
    fn range(&mut self, count: Id, index: Id, size: Option<Id>) -> Option<Index> {
        let terms = &mut self.form.terms;
        let at = terms.bound(0);
        let skipped = terms.subtract(index, at);
        if !terms.has_bound(skipped, 0) {
            let skipped = terms.unshift(skipped);
            if terms.is(skipped, 0.0) && size == Some(count) {
                return Some(Index::All(Default::default()));
            }
            let one = terms.int(1);
            let first = terms.sum(vec![skipped, one]);
            let last = terms.sum(vec![skipped, count]);
            if size == Some(last) {
                return Some(Index::From(self.term(first)));
            }
            if terms.is(first, 1.0) {
                return Some(Index::To(self.term(last)));
            }
            return Some(Index::Between(self.term(first), self.term(last)));
        }
        let lifted = self.lift(count, index)?;
        (lifted.shape == Shape::Ints).then_some(Index::Single(lifted.e))
    }

    /// `sum_k cell(k, i)` over `i`, as the product of a matrix and a vector: `Bound(0)` is `k`, `Bound(1)` is `i`.
    fn matrix_vector(&mut self, count: Id, length: Id, cell: Id) -> Option<Expr> {
        if self.form.terms.has_bound(length, 0) {
            return None;
        }
        let length = self.form.terms.unshift(length);
        let factors = match self.form.terms.kind(cell).clone() {
            Kind::Product(items) => items.to_vec(),
            _ => return None,
        };
        let (both, inner): (Vec<Id>, Vec<Id>) = factors.into_iter().partition(|&f| self.form.terms.has_bound(f, 1));
        let [matrix] = both[..] else { return None };
        let Kind::Index(base, indices) = self.form.terms.kind(matrix).clone() else { return None };
        if *self.form.terms.ty(base) != Type::Matrix
            || self.form.terms.has_bound(base, 0)
            || self.form.terms.has_bound(base, 1)
        {
            return None;
        }
        let &[row, column] = &*indices else { return None };
        let outer = self.form.terms.unshift(base);
        let outer = self.form.terms.unshift(outer);
        let sizes = self.form.terms.sizes(outer);
        let on_row = self.form.terms.has_bound(row, 1) && !self.form.terms.has_bound(row, 0);
        let on_column = self.form.terms.has_bound(column, 1) && !self.form.terms.has_bound(column, 0);
        let swapped = match (on_row, on_column) {
            (true, false) if !self.form.terms.has_bound(column, 1) => false,
            (false, true) if !self.form.terms.has_bound(row, 1) => true,
            _ => return None,
        };
        let (mine, theirs) = if swapped { (column, row) } else { (row, column) };
        let (my_size, their_size) = if swapped { (sizes[1], sizes[0]) } else { (sizes[0], sizes[1]) };
        // the range of i: without k; the range of k: without i
        let mine = self.form.terms.unshift(mine);
        let my_range = self.range(count, mine, Some(my_size))?;
        let theirs = self.without_outer(theirs);
        let their_range = self.range(length, theirs, Some(their_size))?;
        let product = self.form.terms.product(inner);
        let product = self.without_outer(product);
        let vector = self.vector(length, product)?;
        let base = self.term(outer);
        let mut places = if swapped { vec![their_range, my_range] } else { vec![my_range, their_range] };
        while matches!(places.last(), Some(Index::All(_))) {
            places.pop();
        }
        let matrix = indexed(base, places);
        let matrix = if swapped { transpose(matrix) } else { matrix };
        Some(binary(BinaryOp::Times, matrix, vector))
    }

    /// A term inside two loops that does not mention the outer one, outside that.
    fn without_outer(&mut self, id: Id) -> Id {
        let swapped = self.form.terms.swap_loops(id);
        self.form.terms.unshift(swapped)
    }

    /// `sum_k cell(k)` as a product of two vectors.
    pub(super) fn scalar_product(&mut self, length: Id, cell: Id) -> Option<Expr> {
        let Kind::Product(items) = self.form.terms.kind(cell).clone() else { return None };
        let items = self.order.sorted(&mut self.form.terms, &items);
        let mut lifted = Vec::new();
        for item in items {
            if matches!(self.form.terms.kind(item), Kind::Power(..)) || self.form.terms.number(item).is_some() {
                return None;
            }
            lifted.push(self.lift(length, item)?);
        }
        if let [_, _] = lifted.as_slice() {
            let row = lifted.iter().position(|l| l.shape == Shape::Row);
            if let Some(row) = row {
                let row = lifted.remove(row);
                let other = lifted.remove(0);
                return Some(binary(BinaryOp::Times, row.e, other.vector()));
            }
            let items = lifted.into_iter().map(Lifted::vector).collect();
            return Some(call("dot_product", items));
        }
        None
    }

    /// The sum over a range of the log density of single outcomes, as one call.
    pub(super) fn density_sum(&mut self, count: Id, body: Id) -> Option<Expr> {
        let Kind::Call(fun, items) = self.form.terms.kind(body).clone() else { return None };
        let Fun::Density { family, form } = &fun else { return None };
        families::scalar_family(family)?;
        if !matches!(form, Form::Log | Form::LogUnnormalised | Form::Lcdf | Form::Lccdf) {
            return None;
        }
        let mut lifted = Vec::new();
        for &item in &items {
            lifted.push(self.lift(count, item)?);
        }
        if lifted.iter().all(|l| l.shape == Shape::Scalar) || lifted[0].shape == Shape::Scalar {
            return None;
        }
        let name = self.function_name(&fun);
        let mut items = lifted.into_iter().map(|l| l.e);
        let outcome = Box::new(items.next()?);
        Some(expr(ExprKind::Conditional { name: ident(&name), outcome, arguments: items.collect() }))
    }

    /// An array: of numbers, or rows picked from another.
    pub(super) fn array(&mut self, id: Id, count: Id, body: Id) -> Option<Expr> {
        let ty = self.form.terms.ty(id).clone();
        if is_scalar(self.form.terms.ty(body)) {
            let lifted = self.lift(count, body)?;
            let ints = matches!(&ty, Type::Array(inner, _) if **inner == Type::Int);
            return match (lifted.shape, ints) {
                (Shape::Ints, _) | (Shape::Reals, false) => Some(lifted.e),
                (Shape::Scalar, _) | (_, true) => None,
                (_, false) => Some(call("to_array_1d", vec![lifted.e])),
            };
        }
        self.rows(count, body)
    }

    /// Rows (or inner containers) `base[place]` over the range.
    fn rows(&mut self, count: Id, body: Id) -> Option<Expr> {
        let Kind::Index(base, indices) = self.form.terms.kind(body).clone() else { return None };
        let (&last, before) = indices.split_last()?;
        if self.form.terms.has_bound(base, 0) || before.iter().any(|&i| self.form.terms.has_bound(i, 0)) {
            return None;
        }
        let base = self.form.terms.unshift(base);
        let before: Vec<Id> = before.iter().map(|&i| self.form.terms.unshift(i)).collect();
        let container = self.form.terms.at(base, &before);
        let size = self.form.terms.count(container);
        let range = self.range(count, last, Some(size))?;
        let container = self.term(container);
        Some(match range {
            Index::All(_) => container,
            range => indexed(container, vec![range]),
        })
    }

    /// A matrix by rows: picked from another, or an outer product.
    pub(super) fn matrix(&mut self, count: Id, body: Id) -> Option<Expr> {
        if let Some(e) = self.rows(count, body) {
            return Some(e);
        }
        let Kind::Build(_, width, cell) = *self.form.terms.kind(body) else { return None };
        if self.form.terms.has_bound(width, 0) {
            return None;
        }
        let width = self.form.terms.unshift(width);
        let terms = &mut self.form.terms;
        if !terms.has_bound(cell, 0) && !terms.has_bound(cell, 1) {
            let cell = terms.unshift(cell);
            let cell = terms.unshift(cell);
            let (cell, rows, columns) = (self.term(cell), self.term(count), self.term(width));
            return Some(call("rep_matrix", vec![cell, rows, columns]));
        }
        let Kind::Product(items) = terms.kind(cell).clone() else { return None };
        let (rows, columns): (Vec<Id>, Vec<Id>) = items.iter().partition(|&&f| self.form.terms.has_bound(f, 1));
        if rows.iter().any(|&f| self.form.terms.has_bound(f, 0)) || rows.is_empty() {
            return None;
        }
        let (rows, columns) = (self.form.terms.product(rows), self.form.terms.product(columns));
        if !self.form.terms.has_bound(columns, 0) {
            return None;
        }
        let rows = self.form.terms.unshift(rows);
        let columns = self.without_outer(columns);
        let (a, b) = (self.vector(count, rows)?, self.vector(width, columns)?);
        Some(binary(BinaryOp::Times, a, transpose(b)))
    }

    /// A variable before the statement at hand, filled by loops.
    pub(super) fn helper(&mut self, id: Id) -> Expr {
        let name = self.fresh("h");
        let (ty, sizes) = (self.form.terms.ty(id).clone(), self.form.terms.sizes(id));
        let declared = self.declaration_of(&name, &ty, &sizes);
        self.before.push(declared);
        let mut depth = Vec::new();
        let fill = self.fill(&name, id, &mut depth);
        self.before.push(fill);
        variable(&name)
    }

    /// `name[i, j] = ...;` in loops.
    fn fill(&mut self, name: &str, id: Id, depth: &mut Vec<String>) -> Statement {
        let Kind::Build(_, count, inner) = *self.form.terms.kind(id) else {
            let value = self.term(id);
            let target = LValue { kind: LValueKind::Variable(ident(name)), span: Default::default() };
            let places = depth.iter().map(|i| Index::Single(variable(i))).collect();
            let target = LValue { kind: LValueKind::Index(Box::new(target), places), span: Default::default() };
            return statement(StatementKind::Assign { target, op: None, value });
        };
        let upper = self.term(count);
        let index = self.loop_name();
        self.loops.push(index.clone());
        depth.push(index.clone());
        let saved = std::mem::take(&mut self.before);
        let inside = self.fill(name, inner, depth);
        let mut all = std::mem::replace(&mut self.before, saved);
        all.push(inside);
        depth.pop();
        self.loops.pop();
        statement(StatementKind::For { variable: ident(&index), lower: number(1.0), upper, body: block(all) })
    }

    /// `type name;`
    pub(super) fn declaration_of(&mut self, name: &str, ty: &Type, sizes: &[Id]) -> Statement {
        let ty = self.sized(ty, sizes);
        statement(StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(name), None)] })
    }

    pub(super) fn sized(&mut self, ty: &Type, sizes: &[Id]) -> ast::SizedType {
        use ast::SizedTypeKind as K;
        let size = |writer: &mut Self, place: usize| match sizes.get(place) {
            Some(&size) => writer.term(size),
            None => number(0.0),
        };
        let kind = match ty {
            Type::Int => K::Int,
            Type::Complex => K::Complex,
            Type::Vector => K::Vector(size(self, 0)),
            Type::RowVector => K::RowVector(size(self, 0)),
            Type::Matrix => K::Matrix(size(self, 0), size(self, 1)),
            Type::ComplexVector => K::ComplexVector(size(self, 0)),
            Type::ComplexRowVector => K::ComplexRowVector(size(self, 0)),
            Type::ComplexMatrix => K::ComplexMatrix(size(self, 0), size(self, 1)),
            Type::Array(inner, dims) => {
                let outer = (0..*dims).map(|place| size(self, place)).collect();
                let inner = self.sized(inner, sizes.get(*dims..).unwrap_or_default());
                K::Array(Box::new(inner), outer)
            }
            Type::Tuple(items) => {
                // sizes in the order of the items
                let mut rest = sizes;
                let mut all = Vec::new();
                for item in items {
                    let mut own = 0;
                    let mut inner = Some(item.clone());
                    while let Some(ty) = inner.as_ref().and_then(element) {
                        own += 1;
                        inner = Some(ty);
                    }
                    let own = own.min(rest.len());
                    all.push(self.sized(item, &rest[..own]));
                    rest = &rest[own..];
                }
                K::Tuple(all)
            }
            Type::Real | Type::Function(_) => K::Real,
        };
        ast::SizedType { kind, transform: Default::default(), span: Default::default() }
    }
}

/// `e .^ n` for a positive number.
fn vector_power(e: Expr, n: f64) -> Expr {
    match n {
        1.0 => e,
        0.5 => call("sqrt", vec![e]),
        2.0 => call("square", vec![e]),
        n => binary(BinaryOp::EltPow, e, number(n)),
    }
}
