//! Arithmetic in normal form: sums and products are flat and sorted, numbers are folded, like terms collected, quotients and
//! roots are powers. Products are not multiplied out.
//!
//! The laws hold for real numbers; in floating point the two sides differ by rounding. `x / x` is `1` also where `x` is 0.

use super::{Fun, Id, Kind, Terms};
use ppl_program::typed::Type;

impl Terms {
    /// `a + b + ...`
    pub fn sum(&mut self, items: Vec<Id>) -> Id {
        let matrix = items.iter().map(|&item| self.ty(item).clone()).find(|ty| !is_scalar(ty));
        let mut constant = 0.0;
        // of each term without its factor, the sum of the factors
        let mut terms: Vec<(Id, f64)> = Vec::new();
        let mut stack: Vec<Id> = items.into_iter().rev().collect();
        while let Some(item) = stack.pop() {
            if let Kind::Sum(inner) = self.kind(item) {
                stack.extend(inner.iter().rev());
                continue;
            }
            if let Some(number) = self.number(item) {
                constant += number;
                continue;
            }
            let (factor, rest) = self.split_factor(item);
            match terms.iter_mut().find(|(term, _)| *term == rest) {
                Some((_, sum)) => *sum += factor,
                None => terms.push((rest, factor)),
            }
        }
        let mut result: Vec<Id> = Vec::with_capacity(terms.len() + 1);
        for (term, factor) in terms {
            if factor != 0.0 {
                let scaled = self.scale(factor, term);
                result.push(scaled);
            }
        }
        if constant != 0.0 || (result.is_empty() && matrix.is_none()) {
            let number = self.real(constant);
            result.push(number);
        }
        self.joined(Kind::Sum, result, matrix)
    }

    /// A term without the number it is multiplied by.
    pub fn split_factor(&mut self, id: Id) -> (f64, Id) {
        if let Kind::Product(items) = self.kind(id).clone()
            && let Some(place) = items.iter().position(|&item| self.number(item).is_some())
        {
            let factor = self.number(items[place]).unwrap_or(1.0);
            let mut rest = items.to_vec();
            rest.remove(place);
            return (factor, self.product(rest));
        }
        (1.0, id)
    }

    /// A number times a term. Sums take the number inside.
    pub fn scale(&mut self, factor: f64, id: Id) -> Id {
        let factor = self.real(factor);
        self.product(vec![factor, id])
    }

    pub fn negate(&mut self, id: Id) -> Id {
        self.scale(-1.0, id)
    }

    pub fn subtract(&mut self, a: Id, b: Id) -> Id {
        let minus = self.negate(b);
        self.sum(vec![a, minus])
    }

    pub fn divide(&mut self, a: Id, b: Id) -> Id {
        let minus_one = self.int(-1);
        let inverse = self.power(b, minus_one);
        self.product(vec![a, inverse])
    }

    /// `a * b * ...` of scalars, or scalars times one container.
    pub fn product(&mut self, items: Vec<Id>) -> Id {
        let container = items.iter().map(|&item| self.ty(item).clone()).find(|ty| !is_scalar(ty));
        let mut constant = 1.0;
        // of each base, its exponents
        let mut powers: Vec<(Id, Vec<Id>)> = Vec::new();
        let mut stack: Vec<Id> = items.into_iter().rev().collect();
        while let Some(item) = stack.pop() {
            match self.kind(item).clone() {
                Kind::Product(inner) => {
                    stack.extend(inner.iter().rev());
                    continue;
                }
                Kind::Int(_) | Kind::Real(_) => {
                    constant *= self.number(item).unwrap_or(1.0);
                    continue;
                }
                _ => {}
            }
            let (base, exponent) = match *self.kind(item) {
                Kind::Power(base, exponent) => (base, exponent),
                _ => (item, self.int(1)),
            };
            match powers.iter_mut().find(|(known, _)| *known == base) {
                Some((_, exponents)) => exponents.push(exponent),
                None => powers.push((base, vec![exponent])),
            }
        }
        if constant == 0.0 && container.is_none() {
            return self.int(0);
        }
        let mut result: Vec<Id> = Vec::with_capacity(powers.len() + 1);
        for (base, exponents) in powers {
            let exponent = self.sum(exponents);
            let power = self.power(base, exponent);
            match self.number(power) {
                Some(number) => constant *= number,
                None => result.push(power),
            }
        }
        // in front of other factors, sums are primitive: their largest coefficient is 1 and stands outside
        let lone = matches!(result[..], [one] if matches!(self.kind(one), Kind::Sum(_)));
        if !lone && container.is_none() {
            for item in &mut result {
                let (factor, primitive) = self.primitive(*item);
                constant *= factor;
                *item = primitive;
            }
        }
        // a number in front of a lone sum goes inside, so that `-(a - b)` is `b - a`
        if let [one] = result[..]
            && constant != 1.0
            && let Kind::Sum(inner) = self.kind(one).clone()
        {
            let inner = inner.iter().map(|&item| self.scale(constant, item)).collect();
            return self.sum(inner);
        }
        if constant != 1.0 || result.is_empty() {
            let number = self.real(constant);
            result.push(number);
        }
        self.joined(Kind::Product, result, container)
    }

    /// A sum, or whole power of one, as a number times the sum whose largest coefficient is 1. Of a sum and its negative, the
    /// one with more positive terms is primitive.
    fn primitive(&mut self, id: Id) -> (f64, Id) {
        let (base, exponent) = match *self.kind(id) {
            Kind::Power(base, exponent) => (base, exponent),
            _ => (id, self.int(1)),
        };
        let (Kind::Sum(items), Some(n)) = (self.kind(base).clone(), self.number(exponent)) else { return (1.0, id) };
        if n != n.trunc() || !is_scalar(self.ty(base)) {
            return (1.0, id);
        }
        let factors: Vec<f64> =
            items.iter().map(|&item| self.number(item).unwrap_or_else(|| self.split_factor(item).0)).collect();
        let integer = *self.ty(base) == Type::Int;
        let largest = if integer { 1.0 } else { factors.iter().fold(0.0, |m: f64, f| m.max(f.abs())) };
        let balance: i64 = factors.iter().map(|f| if *f > 0.0 { 1 } else { -1 }).sum();
        let negative = balance < 0 || (balance == 0 && self.leads_negative(&items));
        let factor = if negative { -largest } else { largest };
        if factor == 1.0 {
            return (1.0, id);
        }
        let items = items.iter().map(|&item| self.scale(1.0 / factor, item)).collect();
        let sum = self.sum(items);
        (factor.powf(n), self.power(sum, exponent))
    }

    fn is_primitive(&mut self, sum: Id) -> bool {
        self.primitive(sum).0 == 1.0
    }

    /// Whether the first term, in an order that does not depend on how the terms came to be, is subtracted.
    fn leads_negative(&mut self, items: &[Id]) -> bool {
        let key = |terms: &mut Self, item: Id| {
            let (factor, rest) = match terms.number(item) {
                Some(number) => (number, item),
                None => terms.split_factor(item),
            };
            (terms.node(rest).size, terms.shape(rest, false), terms.shape(rest, true), factor < 0.0)
        };
        let mut keys: Vec<(u32, String, String, bool)> = items.iter().map(|&item| key(self, item)).collect();
        keys.sort();
        if let [first, second, ..] = keys.as_slice() {
            self.arbitrary |= first.0 == second.0 && first.1 == second.1 && first.3 != second.3;
        }
        keys.first().is_some_and(|first| first.3)
    }

    /// A term as text, variables by their type, and by their place where asked for.
    fn shape(&self, id: Id, places: bool) -> String {
        let mut parts = Vec::new();
        self.visit(id, &mut |inner| {
            parts.push(match self.kind(inner) {
                Kind::Var(var) => {
                    let variable = &self.variables[var.0 as usize];
                    format!("{:?} {} {}", variable.ty, variable.parametric, if places { var.0 } else { 0 })
                }
                Kind::Call(fun, _) => format!("{fun:?}"),
                other => format!("{:?}", std::mem::discriminant(other)),
            });
        });
        parts.sort();
        parts.join(",")
    }

    /// `base ^ exponent`, a real number unless the exponent is a whole positive number.
    pub fn power(&mut self, base: Id, exponent: Id) -> Id {
        if self.is(exponent, 1.0) {
            return base;
        }
        if self.is(exponent, 0.0) || self.is(base, 1.0) {
            return self.int(1);
        }
        if let (Some(a), Some(b)) = (self.number(base), self.number(exponent)) {
            let value = a.powf(b);
            if value.is_finite() {
                return self.real(value);
            }
        }
        match (self.kind(base).clone(), self.number(exponent)) {
            // whole exponents: (x^a)^n = x^(an), (xy)^n = x^n y^n
            (Kind::Power(inner, first), Some(n)) if n == n.trunc() => {
                let exponent = self.product(vec![first, exponent]);
                self.power(inner, exponent)
            }
            (Kind::Product(items), Some(n)) if n == n.trunc() => {
                let items = items.iter().map(|&item| self.power(item, exponent)).collect();
                self.product(items)
            }
            (Kind::Call(Fun::Library(name), items), Some(n)) if &*name == "exp" => {
                let scaled = self.scale(n, items[0]);
                self.function("exp", vec![scaled], Type::Real)
            }
            (Kind::Sum(_), Some(n)) if n == n.trunc() && !self.is_primitive(base) => {
                let plain = self.intern(Kind::Power(base, exponent), Type::Real);
                let (factor, rest) = self.primitive(plain);
                let factor = self.real(factor);
                self.product(vec![factor, rest])
            }
            _ => {
                let whole = self.number(exponent).is_some_and(|n| n == n.trunc() && n > 0.0);
                let ty = if whole { self.ty(base).clone() } else { Type::Real };
                self.intern(Kind::Power(base, exponent), ty)
            }
        }
    }

    /// Several items as one term, of the type of a container among them; a lone one is itself.
    fn joined(&mut self, kind: fn(Box<[Id]>) -> Kind, mut items: Vec<Id>, container: Option<Type>) -> Id {
        items.sort_unstable();
        match items.as_slice() {
            [one] => *one,
            _ => {
                let ty = container.unwrap_or_else(|| self.joint_type(&items));
                self.intern(kind(items.into()), ty)
            }
        }
    }

    fn joint_type(&self, items: &[Id]) -> Type {
        match items.iter().all(|&item| *self.ty(item) == Type::Int) {
            true => Type::Int,
            false => Type::Real,
        }
    }
}

pub fn is_scalar(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Real)
}
