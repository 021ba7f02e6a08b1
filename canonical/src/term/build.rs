//! Comprehensions: what fills a vector, an array or a matrix element by element, and elements of containers.

use super::{Container, Fun, Id, Kind, Terms};
use ppl_program::typed::Type;
use ppl_runtime::functions::Operator;

impl Container {
    /// What holds elements in a value of this type.
    pub fn of(ty: &Type) -> Option<Container> {
        match ty {
            Type::Vector => Some(Container::Vector),
            Type::RowVector => Some(Container::RowVector),
            Type::Matrix => Some(Container::Matrix),
            Type::Array(..) => Some(Container::Array),
            _ => None,
        }
    }
}

/// The type of an element; `None` where there are none.
pub fn element(ty: &Type) -> Option<Type> {
    match ty {
        Type::Vector | Type::RowVector => Some(Type::Real),
        Type::ComplexVector | Type::ComplexRowVector => Some(Type::Complex),
        Type::Matrix => Some(Type::RowVector),
        Type::ComplexMatrix => Some(Type::ComplexRowVector),
        other => other.element(),
    }
}

impl Terms {
    /// The comprehension. That of all elements of a container of the same type is the container.
    pub fn build(&mut self, container: Container, count: Id, body: Id) -> Id {
        let ty = match container {
            Container::Vector => Type::Vector,
            Container::RowVector => Type::RowVector,
            Container::Matrix => Type::Matrix,
            Container::Array => self.ty(body).clone().array(1),
        };
        if let Some(whole) = self.whole(&ty, count, body) {
            return whole;
        }
        self.intern(Kind::Build(container, count, body), ty)
    }

    /// The container whose elements `1..count` are the body.
    fn whole(&mut self, ty: &Type, count: Id, body: Id) -> Option<Id> {
        let Kind::Index(base, indices) = self.kind(body).clone() else { return None };
        let (last, before) = indices.split_last()?;
        if *self.kind(*last) != Kind::Bound(0)
            || self.has_bound(base, 0)
            || before.iter().any(|&i| self.has_bound(i, 0))
        {
            return None;
        }
        let base = self.unshift(base);
        let before: Vec<Id> = before.iter().map(|&i| self.unshift(i)).collect();
        let container = self.at(base, &before);
        (self.ty(container) == ty && self.count(container) == count).then_some(container)
    }

    /// The number of elements along the first dimension.
    pub fn count(&mut self, id: Id) -> Id {
        self.sizes(id).first().copied().unwrap_or_else(|| self.int(1))
    }

    /// One size a dimension. What is not known is a call of `size`, `rows` or `cols`.
    pub fn sizes(&mut self, id: Id) -> Vec<Id> {
        let ty = self.ty(id).clone();
        match self.kind(id).clone() {
            Kind::Var(var) => self.variables[var.0 as usize].sizes.clone(),
            Kind::Build(_, count, body) => {
                let inner = self.sizes(body);
                let mut all = vec![count];
                for size in inner {
                    // a size that depends on the loop variable is that of no rectangle
                    all.push(if self.has_bound(size, 0) { size } else { self.unshift(size) });
                }
                all
            }
            Kind::Index(base, indices) => self.sizes(base).split_off(indices.len()),
            Kind::Call(Fun::ArrayLiteral | Fun::RowLiteral | Fun::MatrixLiteral, items) => {
                let mut all = vec![self.int(items.len() as i64)];
                if let Some(&first) = items.first() {
                    all.extend(self.sizes(first));
                }
                all
            }
            Kind::Sum(items) if dimensions(&ty) > 0 => self.sizes(items[0]),
            Kind::Call(Fun::Ternary, items) => self.sizes(items[1]),
            Kind::Call(Fun::Library(name), items)
                if ["linspaced_vector", "linspaced_row_vector", "linspaced_array", "linspaced_int_array"]
                    .contains(&&*name) =>
            {
                vec![items[0]]
            }
            // element by element: as the container among its arguments
            Kind::Call(Fun::Library(name), items)
                if ty == Type::Matrix && crate::read::is_elementwise(&name, items.len()) =>
            {
                let container = items.iter().copied().find(|&item| *self.ty(item) == Type::Matrix);
                match container {
                    Some(item) => self.sizes(item),
                    None => self.asked_sizes(id),
                }
            }
            Kind::Call(Fun::Library(name), items) if &*name == "append_col" && items.len() == 2 => {
                let rows = if dimensions(self.ty(items[0])) > 0 { self.count(items[0]) } else { self.count(items[1]) };
                let (left, right) = (self.columns(items[0]), self.columns(items[1]));
                let columns = self.sum(vec![left, right]);
                if ty == Type::RowVector { vec![columns] } else { vec![rows, columns] }
            }
            Kind::Call(Fun::Library(name), items) if &*name == "append_row" && ty == Type::Vector => {
                let parts =
                    items.iter().map(|&x| if dimensions(self.ty(x)) == 0 { self.int(1) } else { self.count(x) });
                let parts = parts.collect();
                vec![self.sum(parts)]
            }
            Kind::Product(items) if dimensions(&ty) > 0 => {
                let container = items.iter().copied().find(|&item| dimensions(self.ty(item)) > 0);
                container.map(|item| self.sizes(item)).unwrap_or_default()
            }
            Kind::Call(Fun::Operator(Operator::Times), items) if ty == Type::Matrix => {
                let (rows, columns) = (self.sizes(items[0]), self.sizes(items[1]));
                vec![rows[0], columns[1]]
            }
            Kind::Call(Fun::Operator(Operator::Transpose), items) if ty == Type::Matrix => {
                let inner = self.sizes(items[0]);
                vec![inner[1], inner[0]]
            }
            _ => self.asked_sizes(id),
        }
    }

    /// The sizes as calls of `size` and its like.
    fn asked_sizes(&mut self, id: Id) -> Vec<Id> {
        match self.ty(id) {
            Type::Vector | Type::RowVector => vec![self.library("num_elements", vec![id], Type::Int)],
            Type::Matrix => ["rows", "cols"].map(|name| self.library(name, vec![id], Type::Int)).to_vec(),
            Type::Array(..) => {
                let mut all = vec![self.library("size", vec![id], Type::Int)];
                let one = self.int(1);
                let inner = self.element_of(id, vec![one]);
                all.extend(self.asked_sizes(inner));
                all
            }
            _ => Vec::new(),
        }
    }

    /// How many columns a part of a matrix has.
    fn columns(&mut self, id: Id) -> Id {
        match self.ty(id) {
            Type::Matrix => self.sizes(id)[1],
            Type::RowVector => self.count(id),
            _ => self.int(1),
        }
    }

    /// An element, or the row or inner container where there are fewer indices than dimensions.
    pub fn at(&mut self, base: Id, indices: &[Id]) -> Id {
        let Some((&first, rest)) = indices.split_first() else { return base };
        match self.kind(base).clone() {
            Kind::Build(_, _, body) => {
                let inner = self.instantiate(body, first);
                self.at(inner, rest)
            }
            Kind::Index(inner, own) => {
                let all: Vec<Id> = own.iter().chain(indices).copied().collect();
                self.at(inner, &all)
            }
            Kind::Call(Fun::ArrayLiteral | Fun::RowLiteral | Fun::MatrixLiteral, items) => {
                match self.number(first).filter(|n| *n >= 1.0).and_then(|n| items.get(n as usize - 1).copied()) {
                    Some(item) => self.at(item, rest),
                    None => self.element_of(base, indices.to_vec()),
                }
            }
            Kind::Call(Fun::Ternary, items) => {
                let (then, otherwise) = (self.at(items[1], indices), self.at(items[2], indices));
                self.ternary(items[0], then, otherwise)
            }
            Kind::Call(Fun::Operator(Operator::Transpose), items) if rest.len() == 1 => {
                self.at(items[0], &[rest[0], first])
            }
            Kind::Sum(items) if indices.len() == dimensions(self.ty(base)) => {
                let items = items.iter().map(|&item| self.at(item, indices)).collect();
                self.sum(items)
            }
            _ => self.element_of(base, indices.to_vec()),
        }
    }

    fn element_of(&mut self, base: Id, indices: Vec<Id>) -> Id {
        let ty = indices.iter().try_fold(self.ty(base).clone(), |ty, _| element(&ty)).unwrap_or(Type::Real);
        self.intern(Kind::Index(base, indices.into()), ty)
    }

    /// The value of a condition that is known, else the choice.
    pub fn ternary(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        if then == otherwise {
            return then;
        }
        match self.number(condition) {
            Some(0.0) => otherwise,
            Some(_) => then,
            None => {
                let ty = match self.ty(then) {
                    Type::Int => self.ty(otherwise).clone(),
                    ty => ty.clone(),
                };
                self.call(Fun::Ternary, vec![condition, then, otherwise], ty)
            }
        }
    }
}

/// How many indices make a scalar of a value of this type.
pub fn dimensions(ty: &Type) -> usize {
    std::iter::successors(Some(ty.clone()), element).count() - 1
}
