//! Terms as expressions.

use super::Writer;
use super::syntax::{binary, call, expr, ident, indexed, number, transpose, unary, variable};
use crate::term::arithmetic::is_scalar;
use crate::term::{Container, Fun, Id, Kind};
use ppl_analysis::unparse::{binary_operator, real_literal, suffix, unnormalised};
use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Index, UnaryOp};
use ppl_program::typed::{Form, Type};
use ppl_runtime::functions::Operator;

impl Writer<'_> {
    /// A term; its free loop variables are the loops around.
    pub(super) fn term(&mut self, id: Id) -> Expr {
        match self.form.terms.kind(id).clone() {
            Kind::Int(i) => number(i as f64),
            Kind::Real(bits) => number(f64::from_bits(bits)),
            Kind::Var(var) => self.variable(var),
            Kind::Bound(index) => {
                let place = self.loops.len().wrapping_sub(1 + index as usize);
                variable(self.loops.get(place).map_or("?", String::as_str))
            }
            Kind::Sum(items) => {
                let items = self.order.sorted(&mut self.form.terms, &items);
                let items = items.into_iter().map(|item| self.signed(item)).collect();
                sum(items)
            }
            Kind::Product(_) | Kind::Power(..) => self.product(id),
            Kind::Call(fun, items) => self.call(&fun, &items, id),
            Kind::Index(base, indices) => {
                let base = self.term(base);
                let indices = indices.iter().map(|&i| Index::Single(self.term(i))).collect();
                indexed(base, indices)
            }
            Kind::Build(container, count, body) => self.container(id, container, count, body),
        }
    }

    pub(super) fn terms(&mut self, items: &[Id]) -> Vec<Expr> {
        items.iter().map(|&item| self.term(item)).collect()
    }

    /// A term of a sum, and whether it is subtracted.
    fn signed(&mut self, id: Id) -> (bool, Expr) {
        if let Some(value) = self.form.terms.number(id) {
            return (value < 0.0, number(value.abs()));
        }
        let (factor, rest) = self.form.terms.split_factor(id);
        match factor < 0.0 {
            true => {
                let positive = self.form.terms.scale(-factor, rest);
                (true, self.term(positive))
            }
            false => (false, self.term(id)),
        }
    }

    /// Products and quotients of scalars (or scalars and one container).
    fn product(&mut self, id: Id) -> Expr {
        let factors = match self.form.terms.kind(id).clone() {
            Kind::Product(items) => self.order.sorted(&mut self.form.terms, &items),
            _ => vec![id],
        };
        let (mut above, mut below) = (Vec::new(), Vec::new());
        let mut negative = false;
        let mut integer = true;
        // products of integers may overflow where real numbers do not
        let whole_number = *self.form.terms.ty(id) == Type::Int;
        for factor in factors {
            if let Some(value) = self.form.terms.number(factor) {
                negative = value < 0.0;
                // a fraction of one over a whole number is a division
                if value.abs() != 1.0 {
                    above.push(number(value.abs()));
                }
                continue;
            }
            let (base, exponent) = match *self.form.terms.kind(factor) {
                Kind::Power(base, exponent) => (base, exponent),
                _ => (factor, self.form.terms.int(1)),
            };
            integer &= *self.form.terms.ty(base) == Type::Int;
            match self.form.terms.number(exponent) {
                Some(n) if n < 0.0 => {
                    let power = self.raised(base, -n, false);
                    below.push(power);
                }
                Some(n) => {
                    let power = self.raised(base, n, whole_number);
                    above.push(power);
                }
                None => {
                    let (base, exponent) = (self.term(base), self.term(exponent));
                    above.push(binary(BinaryOp::Pow, base, exponent));
                }
            }
        }
        let whole = above.iter().all(|e| matches!(e.kind, ExprKind::Int(_))) || integer;
        let numerator = match (above.is_empty(), below.is_empty()) {
            (true, false) if below.len() == 1 && !negative => return call("inv", below),
            // division of integers would round
            (true, false) => expr(ExprKind::Real("1.0".into())),
            _ => chain(BinaryOp::Times, above),
        };
        let result = match below.is_empty() {
            true => numerator,
            false => {
                let numerator = match (whole && integer, &numerator.kind) {
                    (true, ExprKind::Int(digits)) => expr(ExprKind::Real(format!("{digits}.0"))),
                    (true, ExprKind::Real(_)) => numerator,
                    (true, _) => binary(BinaryOp::Times, expr(ExprKind::Real("1.0".into())), numerator),
                    _ => numerator,
                };
                below.into_iter().fold(numerator, |e, divisor| binary(BinaryOp::Divide, e, divisor))
            }
        };
        if negative { unary(UnaryOp::Minus, result) } else { result }
    }

    /// `base ^ n` for a positive number.
    fn raised(&mut self, base: Id, n: f64, integer: bool) -> Expr {
        let e = self.term(base);
        power(e, n, integer)
    }

    fn call(&mut self, fun: &Fun, items: &[Id], id: Id) -> Expr {
        match fun {
            Fun::Operator(op) => self.operator(*op, items),
            Fun::Library(name) if &**name == "log_mix" && items.len() == 3 => self.log_mix(items),
            Fun::Library(name) if &**name == "sum" => self.total(items[0]),
            Fun::Library(name) if crate::order::commutes(fun, items.len()) => {
                let items = self.order.sorted(&mut self.form.terms, items);
                let items = self.terms(&items);
                call(name, items)
            }
            Fun::Library(name) => {
                let items = self.terms(items);
                call(name, items)
            }
            Fun::Density { .. } | Fun::User { .. } => {
                let name = self.function_name(fun);
                let mut items = self.terms(items);
                match conditional(fun) && !items.is_empty() {
                    true => {
                        let outcome = Box::new(items.remove(0));
                        expr(ExprKind::Conditional { name: ident(&name), outcome, arguments: items })
                    }
                    false => call(&name, items),
                }
            }
            Fun::And | Fun::Or => {
                let op = if *fun == Fun::And { BinaryOp::And } else { BinaryOp::Or };
                let items = self.order.sorted(&mut self.form.terms, items);
                let items = self.terms(&items);
                chain(op, items)
            }
            Fun::Ternary => {
                let mut items = self.terms(items).into_iter().map(Box::new);
                match (items.next(), items.next(), items.next()) {
                    (Some(condition), Some(then), Some(otherwise)) => {
                        expr(ExprKind::Ternary { condition, then, otherwise })
                    }
                    _ => expr(ExprKind::Error),
                }
            }
            Fun::ArrayLiteral if items.is_empty() => call("rep_array", vec![number(0.0), number(0.0)]),
            Fun::ArrayLiteral => {
                let reals = !matches!(self.form.terms.ty(id), Type::Array(element, _) if element.contains_int());
                let items = items.iter().map(|&item| self.literal_item(item, reals)).collect();
                expr(ExprKind::Array(items))
            }
            Fun::RowLiteral | Fun::MatrixLiteral => {
                let row = expr(ExprKind::RowVector(self.terms(items)));
                if *self.form.terms.ty(id) == Type::Vector { transpose(row) } else { row }
            }
            Fun::Tuple => expr(ExprKind::Tuple(self.terms(items))),
            Fun::Project(index) => {
                let base = Box::new(self.term(items[0]));
                expr(ExprKind::Project { base, index: *index })
            }
            Fun::Function(function) => {
                let name = self.user_function(function.0 as usize);
                variable(&name)
            }
            Fun::Target => expr(ExprKind::Target),
            Fun::Imaginary(bits) => expr(ExprKind::Imaginary(real_literal(f64::from_bits(*bits)))),
        }
    }

    /// An item of an array of real numbers must be one.
    fn literal_item(&mut self, item: Id, reals: bool) -> Expr {
        match self.term(item) {
            Expr { kind: ExprKind::Int(digits), .. } if reals => expr(ExprKind::Real(format!("{digits}.0"))),
            other => other,
        }
    }

    fn log_mix(&mut self, items: &[Id]) -> Expr {
        let &[p, a, b] = items else { return call("log_mix", Vec::new()) };
        let items = self.mixture([p, a, b]);
        let items = self.terms(&items);
        call("log_mix", items)
    }

    /// Weight and components in order: `log_mix(p, a, b)` is `log_mix(1 - p, b, a)`.
    pub(super) fn mixture(&mut self, [p, a, b]: [Id; 3]) -> [Id; 3] {
        let rest = self.order.other_weight(&mut self.form.terms, p);
        let terms = &mut self.form.terms;
        let (first, second) = (self.order.key(terms, a), self.order.key(terms, b));
        let swapped = match first == second {
            true => self.order.key(terms, rest) < self.order.key(terms, p),
            false => second < first,
        };
        if swapped { [rest, b, a] } else { [p, a, b] }
    }

    /// `sum(...)`, as a product of vectors or a vectorised density where it is one.
    fn total(&mut self, x: Id) -> Expr {
        if let Kind::Build(_, count, body) = *self.form.terms.kind(x) {
            if let Some(e) = self.density_sum(count, body) {
                return e;
            }
            if let Some(e) = self.scalar_product(count, body) {
                return e;
            }
        }
        let x = self.term(x);
        call("sum", vec![x])
    }

    fn operator(&mut self, op: Operator, items: &[Id]) -> Expr {
        let items = match op {
            Operator::Equals => self.order.sorted(&mut self.form.terms, items),
            _ => items.to_vec(),
        };
        if op == Operator::Not
            && let Kind::Call(Fun::Operator(Operator::Equals), inner) = self.form.terms.kind(items[0]).clone()
        {
            let inner = self.order.sorted(&mut self.form.terms, &inner);
            let (a, b) = (self.term(inner[0]), self.term(inner[1]));
            return binary(BinaryOp::NotEquals, a, b);
        }
        let mut operands = self.terms(&items).into_iter();
        let (Some(a), b) = (operands.next(), operands.next()) else { return expr(ExprKind::Error) };
        match op {
            Operator::Not => return unary(UnaryOp::Not, a),
            Operator::Negate => return unary(UnaryOp::Minus, a),
            Operator::Plus1 => return a,
            Operator::Transpose => return transpose(a),
            _ => {}
        }
        match (binary_operator(op), b) {
            (Some(op), Some(b)) => binary(op, a, b),
            _ => expr(ExprKind::Error),
        }
    }

    /// The name that a density or user function is called by.
    pub(super) fn function_name(&mut self, fun: &Fun) -> String {
        match fun {
            Fun::Density { family, form } => format!("{family}{}", suffix(family, *form)),
            Fun::User { function, form } => {
                let name = self.user_function(function.0 as usize);
                match form {
                    Form::LogUnnormalised => unnormalised(&name),
                    _ => name,
                }
            }
            Fun::Library(name) => name.to_string(),
            _ => String::new(),
        }
    }

    /// A comprehension as a value: by vector operations, else filled by a loop before the statement.
    fn container(&mut self, id: Id, container: Container, count: Id, body: Id) -> Expr {
        match container {
            Container::Vector | Container::RowVector if is_scalar(self.form.terms.ty(body)) => {
                if !self.form.terms.has_bound(body, 0) {
                    let body = self.form.terms.unshift(body);
                    let (value, count) = (self.term(body), self.term(count));
                    let name = if container == Container::Vector { "rep_vector" } else { "rep_row_vector" };
                    return call(name, vec![value, count]);
                }
                if let Some(e) = self.vector(count, body) {
                    return if container == Container::Vector { e } else { transpose(e) };
                }
            }
            Container::Array => {
                if !self.form.terms.has_bound(body, 0) && !matches!(self.form.terms.kind(body), Kind::Build(..)) {
                    let body = self.form.terms.unshift(body);
                    let (value, count) = (self.term(body), self.term(count));
                    return call("rep_array", vec![value, count]);
                }
                if let Some(e) = self.array(id, count, body) {
                    return e;
                }
            }
            Container::Matrix => {
                if let Some(e) = self.matrix(count, body) {
                    return e;
                }
            }
            _ => {}
        }
        self.helper(id)
    }
}

/// `a + b - c`: what is added stands first.
pub fn sum(mut items: Vec<(bool, Expr)>) -> Expr {
    if let Some(place) = items.iter().position(|(negative, _)| !negative) {
        let first = items.remove(place);
        items.insert(0, first);
    }
    let mut items = items.into_iter();
    let Some((negative, first)) = items.next() else { return number(0.0) };
    let first = if negative { unary(UnaryOp::Minus, first) } else { first };
    items.fold(first, |e, (negative, item)| binary(if negative { BinaryOp::Minus } else { BinaryOp::Plus }, e, item))
}

pub fn chain(op: BinaryOp, items: Vec<Expr>) -> Expr {
    let mut items = items.into_iter();
    let first = items.next().unwrap_or_else(|| number(1.0));
    items.fold(first, |e, item| binary(op, e, item))
}

/// `e ^ n` for a positive number, in the spelling that people use.
pub fn power(e: Expr, n: f64, integer: bool) -> Expr {
    match n {
        1.0 => e,
        0.5 => call("sqrt", vec![e]),
        n if integer && n == n.trunc() && n < 8.0 => chain(BinaryOp::Times, vec![e; n as usize]),
        2.0 => call("square", vec![e]),
        n => binary(BinaryOp::Pow, e, number(n)),
    }
}

pub fn conditional(fun: &Fun) -> bool {
    match fun {
        Fun::Density { form, .. } => *form != Form::Rng,
        Fun::User { form, .. } => !matches!(form, Form::Plain | Form::Rng),
        _ => false,
    }
}
