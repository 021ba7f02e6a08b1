//! Identities of library functions.

use super::arithmetic::is_scalar;
use super::build::dimensions;
use super::{Container, Id, Kind, Terms};
use ppl_program::typed::Type;

impl Terms {
    /// A call of a library function by one of its equal spellings.
    pub fn function(&mut self, name: &str, arguments: Vec<Id>, ty: Type) -> Id {
        let scalars = arguments.iter().all(|&a| is_scalar(self.ty(a)));
        let known = match (name, arguments.as_slice()) {
            ("positive_infinity", []) => Some(self.real(f64::INFINITY)),
            ("negative_infinity", []) => Some(self.real(f64::NEG_INFINITY)),
            (_, &[x]) if scalars => self.unary(name, x),
            ("pow", &[x, y]) if scalars => Some(self.power(x, y)),
            ("lmultiply" | "multiply_log", &[x, y]) if scalars => {
                let log = self.function("log", vec![y], Type::Real);
                Some(self.product(vec![x, log]))
            }
            ("fma", &[x, y, z]) if scalars => {
                let product = self.product(vec![x, y]);
                Some(self.sum(vec![product, z]))
            }
            ("fmin" | "fmax" | "log_sum_exp" | "hypot", &[x, y]) if scalars && x > y => {
                return self.function(name, vec![y, x], ty);
            }
            ("sum", &[x]) => Some(self.total(x)),
            ("dot_product" | "columns_dot_product" | "rows_dot_product", &[x, y])
                if name == "dot_product" && dimensions(self.ty(x)) == 1 =>
            {
                Some(self.dot(x, y))
            }
            ("dot_self", &[x]) if dimensions(self.ty(x)) == 1 => Some(self.dot(x, x)),
            ("to_vector", &[x]) if dimensions(self.ty(x)) == 1 => Some(self.recast(Container::Vector, x)),
            ("to_row_vector", &[x]) if dimensions(self.ty(x)) == 1 => Some(self.recast(Container::RowVector, x)),
            ("to_array_1d", &[x]) if dimensions(self.ty(x)) == 1 => Some(self.recast(Container::Array, x)),
            ("rep_vector", &[x, n]) => Some(self.repeat(Container::Vector, x, &[n])),
            ("rep_row_vector", &[x, n]) => Some(self.repeat(Container::RowVector, x, &[n])),
            ("rep_array", &[x, ref sizes @ ..]) => Some(self.repeat(Container::Array, x, sizes)),
            ("rep_matrix", &[x, m, n]) if scalars => {
                let inner = self.shift(x, 1);
                let width = self.shift(n, 1);
                let row = self.repeat(Container::RowVector, inner, &[width]);
                Some(self.build(Container::Matrix, m, row))
            }
            // copies of a column, or of a row
            ("rep_matrix", &[x, n]) if *self.ty(x) == Type::Vector => {
                let count = self.count(x);
                let (inner, at) = (self.shift(x, 1), self.bound(0));
                let cell = self.at(inner, &[at]);
                let width = self.shift(n, 1);
                let row = self.repeat(Container::RowVector, cell, &[width]);
                Some(self.build(Container::Matrix, count, row))
            }
            ("rep_matrix", &[x, m]) if *self.ty(x) == Type::RowVector => {
                let row = self.shift(x, 1);
                Some(self.build(Container::Matrix, m, row))
            }
            ("zeros_vector" | "ones_vector", &[n]) => {
                let value = self.int(i64::from(name == "ones_vector"));
                Some(self.repeat(Container::Vector, value, &[n]))
            }
            ("col", &[x, k]) => {
                let count = self.count(x);
                let (x, k, row) = (self.shift(x, 1), self.shift(k, 1), self.bound(0));
                let cell = self.at(x, &[row, k]);
                Some(self.build(Container::Vector, count, cell))
            }
            ("row", &[x, n]) => Some(self.at(x, &[n])),
            ("linspaced_vector" | "linspaced_row_vector" | "linspaced_int_array", &[n, first, last])
                if self.is_step_one(n, first, last) =>
            {
                let container = match name {
                    "linspaced_vector" => Container::Vector,
                    "linspaced_row_vector" => Container::RowVector,
                    _ => Container::Array,
                };
                let (first, at, minus_one) = (self.shift(first, 1), self.bound(0), self.int(-1));
                let cell = self.sum(vec![first, at, minus_one]);
                Some(self.build(container, n, cell))
            }
            ("head", &[x, n]) => {
                let zero = self.int(0);
                Some(self.slice(x, zero, n))
            }
            ("tail", &[x, n]) => {
                let count = self.count(x);
                let skipped = self.subtract(count, n);
                Some(self.slice(x, skipped, n))
            }
            ("segment", &[x, first, n]) => {
                let minus_one = self.int(-1);
                let skipped = self.sum(vec![first, minus_one]);
                Some(self.slice(x, skipped, n))
            }
            ("rows" | "size" | "num_elements", &[x]) if dimensions(self.ty(x)) == 1 || name == "rows" => {
                self.known_size(x, 0)
            }
            ("cols", &[x]) if *self.ty(x) == Type::RowVector => self.known_size(x, 0),
            ("cols", &[x]) if *self.ty(x) == Type::Matrix => self.known_size(x, 1),
            ("size", &[x]) if matches!(self.ty(x), Type::Array(..)) => self.known_size(x, 0),
            _ => None,
        };
        known.unwrap_or_else(|| self.library(name, arguments, ty))
    }

    /// Whether `n` evenly spaced numbers from `first` to `last` are one apart.
    fn is_step_one(&mut self, n: Id, first: Id, last: Id) -> bool {
        let minus = self.negate(n);
        let (back, one) = (self.negate(first), self.int(1));
        let rest = self.sum(vec![last, back, one, minus]);
        self.is(rest, 0.0)
    }

    /// A function of one number.
    fn unary(&mut self, name: &str, x: Id) -> Option<Id> {
        let exponent = match name {
            "sqrt" => Some(0.5),
            "square" => Some(2.0),
            "inv" => Some(-1.0),
            "inv_sqrt" => Some(-0.5),
            "inv_square" => Some(-2.0),
            _ => None,
        };
        if let Some(exponent) = exponent {
            let exponent = self.real(exponent);
            return Some(self.power(x, exponent));
        }
        let inner = match self.kind(x) {
            Kind::Call(super::Fun::Library(inner), items) if items.len() == 1 => Some((inner.to_string(), items[0])),
            _ => None,
        };
        if let Some((inner, y)) = inner {
            match (name, inner.as_str()) {
                ("exp", "log") | ("log", "exp") | ("logit", "inv_logit") | ("inv_logit", "logit") => return Some(y),
                ("log", "inv_logit") => return Some(self.library("log_inv_logit", vec![y], Type::Real)),
                ("log1p", "exp") => return Some(self.library("log1p_exp", vec![y], Type::Real)),
                ("exp", "log_inv_logit") => return Some(self.library("inv_logit", vec![y], Type::Real)),
                ("log1m", "inv_logit") => {
                    let minus = self.negate(y);
                    return Some(self.library("log_inv_logit", vec![minus], Type::Real));
                }
                _ => {}
            }
        }
        // log(x^n) = n log(x), where x has the sign of its power
        if name == "log"
            && let Kind::Power(base, exponent) = *self.kind(x)
            && self.number(exponent).is_some_and(|n| n.rem_euclid(2.0) != 0.0)
        {
            let log = self.function("log", vec![base], Type::Real);
            return Some(self.product(vec![exponent, log]));
        }
        match name {
            "log1m" => {
                let minus = self.negate(x);
                Some(self.function("log1p", vec![minus], Type::Real))
            }
            "log1m_inv_logit" => {
                let minus = self.negate(x);
                Some(self.library("log_inv_logit", vec![minus], Type::Real))
            }
            "log" => {
                let Kind::Sum(items) = self.kind(x).clone() else { return None };
                let one = items.iter().position(|&item| self.is(item, 1.0))?;
                let mut rest = items.to_vec();
                rest.remove(one);
                let rest = self.sum(rest);
                Some(self.function("log1p", vec![rest], Type::Real))
            }
            _ => None,
        }
    }

    fn known_size(&mut self, x: Id, dimension: usize) -> Option<Id> {
        let size = self.sizes(x).get(dimension).copied()?;
        // a call of `size` and its like is what is not known
        (!matches!(self.kind(size), Kind::Call(super::Fun::Library(name), _) if ["rows", "cols", "size", "num_elements"].contains(&&**name)))
            .then_some(size)
    }

    /// The sum over a container. What the elements have in common is taken out.
    fn total(&mut self, x: Id) -> Id {
        let Kind::Build(_, count, body) = *self.kind(x) else {
            return self.library("sum", vec![x], self.scalar_of(x));
        };
        if !is_scalar(self.ty(body)) {
            // of a matrix: the sum of the sums of its rows
            if *self.ty(x) == Type::Matrix {
                let inner = self.total(body);
                let sums = self.build(Container::Vector, count, inner);
                return self.total(sums);
            }
            return self.library("sum", vec![x], Type::Real);
        }
        if !self.has_bound(body, 0) {
            let body = self.unshift(body);
            return self.product(vec![count, body]);
        }
        let factors = match self.kind(body).clone() {
            Kind::Product(items) => items.to_vec(),
            _ => vec![body],
        };
        let (inside, outside): (Vec<Id>, Vec<Id>) = factors.into_iter().partition(|&f| self.has_bound(f, 0));
        let mut outside: Vec<Id> = outside.into_iter().map(|f| self.unshift(f)).collect();
        let body = self.product(inside);
        let ty = self.ty(body).clone();
        let container = if ty == Type::Int { Container::Array } else { Container::Vector };
        let elements = self.build(container, count, body);
        outside.push(self.library("sum", vec![elements], ty));
        self.product(outside)
    }

    fn scalar_of(&self, x: Id) -> Type {
        match self.ty(x) {
            Type::Array(element, _) => (**element).clone(),
            _ => Type::Real,
        }
    }

    /// The scalar product of two containers of one dimension.
    pub fn dot(&mut self, x: Id, y: Id) -> Id {
        let count = self.count(x);
        let (x, y, at) = (self.shift(x, 1), self.shift(y, 1), self.bound(0));
        let (a, b) = (self.at(x, &[at]), self.at(y, &[at]));
        let product = self.product(vec![a, b]);
        let products = self.build(Container::Vector, count, product);
        self.total(products)
    }

    /// The same elements in another container.
    pub fn recast(&mut self, container: Container, x: Id) -> Id {
        if let Kind::Call(super::Fun::RowLiteral, items) = self.kind(x).clone()
            && container != Container::Array
        {
            let ty = if container == Container::Vector { Type::Vector } else { Type::RowVector };
            return self.call(super::Fun::RowLiteral, items.to_vec(), ty);
        }
        let count = self.count(x);
        let (x, at) = (self.shift(x, 1), self.bound(0));
        let element = self.at(x, &[at]);
        self.build(container, count, element)
    }

    /// Elements `skipped + 1 ..= skipped + count`.
    pub fn slice(&mut self, x: Id, skipped: Id, count: Id) -> Id {
        let container = Container::of(self.ty(x)).unwrap_or(Container::Array);
        let (x, skipped, at) = (self.shift(x, 1), self.shift(skipped, 1), self.bound(0));
        let place = self.sum(vec![at, skipped]);
        let element = self.at(x, &[place]);
        self.build(container, count, element)
    }

    fn repeat(&mut self, container: Container, x: Id, sizes: &[Id]) -> Id {
        let Some((&first, rest)) = sizes.split_first() else { return x };
        let inner = self.shift(x, 1);
        let rest: Vec<Id> = rest.iter().map(|&n| self.shift(n, 1)).collect();
        let body = self.repeat(container, inner, &rest);
        self.build(container, first, body)
    }
}
