//! Densities as factors: one outcome each, over ranges. A density of vectors is the product of those of its elements where the
//! family says so.

use super::Reader;
use crate::form::{Factor, FactorKind};
use crate::term::arithmetic::is_scalar;
use crate::term::build::dimensions;
use crate::term::{Container, Fun, Id, Kind};
use ppl_program::typed::{Form, Type};
use ppl_runtime::families;
use std::rc::Rc;

/// A density with its arguments, taken apart.
pub(super) struct Density {
    pub fun: Fun,
    pub outcome: Id,
    pub arguments: Vec<Id>,
    pub truncation: Option<(Option<Id>, Option<Id>)>,
}

impl Density {
    fn map(&self, mut f: impl FnMut(Id) -> Id) -> Density {
        Density {
            fun: self.fun.clone(),
            outcome: f(self.outcome),
            arguments: self.arguments.iter().map(|&a| f(a)).collect(),
            truncation: self.truncation.map(|(a, b)| (a.map(&mut f), b.map(&mut f))),
        }
    }

    fn family(&self) -> Option<&Rc<str>> {
        match &self.fun {
            Fun::Density { family, .. } => Some(family),
            _ => None,
        }
    }
}

impl Reader<'_> {
    /// Adds the factors of `outcome ~ density(arguments)`.
    pub(super) fn density(&mut self, density: Density) {
        let density = self.without_glm(density);
        let (over, single) = self.elements(density);
        if over.is_empty() && self.guards.is_empty() && self.is_number(&single) {
            return;
        }
        let kind = FactorKind::Density {
            density: single.fun,
            outcome: single.outcome,
            arguments: single.arguments,
            truncation: single.truncation,
        };
        self.factor(over, kind);
    }

    /// Whether a density mentions neither variables nor loops: then it is a constant.
    fn is_number(&self, density: &Density) -> bool {
        let ends = density.truncation.iter().flat_map(|(a, b)| [*a, *b]).flatten();
        let mut all = std::iter::once(density.outcome).chain(density.arguments.iter().copied()).chain(ends);
        all.all(|term| self.terms.is_closed(term) && !self.terms.mentions(term, |_| true))
    }

    /// Adds a factor over ranges, given those of its own; terms of `kind` live inside them.
    pub(super) fn factor(&mut self, over: Vec<Id>, kind: FactorKind) {
        let inside = self.depth + over.len() as u32;
        let guards = self.guards.clone();
        let guards = guards.into_iter().map(|(guard, depth)| self.terms.shift(guard, inside - depth)).collect();
        self.factors.push(Factor { over, guards, kind });
    }

    /// The log density as a term.
    pub(super) fn density_term(&mut self, fun: Fun, arguments: Vec<Id>) -> Id {
        let Some((&outcome, rest)) = arguments.split_first() else {
            return self.terms.call(fun, arguments, Type::Real);
        };
        let density = Density { fun, outcome, arguments: rest.to_vec(), truncation: None };
        let density = self.without_glm(density);
        let (over, single) = self.elements(density);
        let arguments: Vec<Id> = std::iter::once(single.outcome).chain(single.arguments).collect();
        let mut term = self.terms.call(single.fun, arguments, Type::Real);
        for size in over.into_iter().rev() {
            let elements = self.terms.build(Container::Vector, size, term);
            term = self.terms.function("sum", vec![elements], Type::Real);
        }
        term
    }

    /// The ranges of a density's elements, and the density of one.
    fn elements(&mut self, mut density: Density) -> (Vec<Id>, Density) {
        let mut over = Vec::new();
        if let Some(matrix) = self.whole_matrix(&density) {
            over = self.terms.sizes(matrix);
            let terms = &mut self.terms;
            density = density.map(|a| terms.shift(a, 2));
            let (matrix, row, column) = (terms.shift(matrix, 2), terms.bound(1), terms.bound(0));
            density.outcome = terms.at(matrix, &[row, column]);
            // the number of columns stands inside the loop over rows
            over[1] = terms.shift(over[1], 1);
        }
        while let Some(which) = self.next_range(&density) {
            let all: Vec<Id> = std::iter::once(density.outcome).chain(density.arguments.iter().copied()).collect();
            let Some(&first) = all.iter().zip(&which).find(|(_, over)| **over).map(|(a, _)| a) else { break };
            over.push(self.terms.count(first));
            let mut place = 0;
            let terms = &mut self.terms;
            density = density.map(|a| {
                let container = which.get(place).copied().unwrap_or(false);
                place += 1;
                let inner = terms.shift(a, 1);
                let at = terms.bound(0);
                if container { terms.at(inner, &[at]) } else { inner }
            });
        }
        (over, density)
    }

    /// `to_vector(Z) ~ family(numbers)`: the density of all elements of `Z`.
    fn whole_matrix(&self, density: &Density) -> Option<Id> {
        families::scalar_family(density.family()?)?;
        let Kind::Call(Fun::Library(name), items) = self.terms.kind(density.outcome) else { return None };
        let numbers = density.arguments.iter().all(|&a| is_scalar(self.terms.ty(a)));
        (&**name == "to_vector" && *self.terms.ty(items[0]) == Type::Matrix && numbers).then_some(items[0])
    }

    /// Which of outcome and arguments are taken element by element next; `None` where the density is of one outcome.
    fn next_range(&self, density: &Density) -> Option<Vec<bool>> {
        let all: Vec<&Type> = std::iter::once(density.outcome)
            .chain(density.arguments.iter().copied())
            .map(|a| self.terms.ty(a))
            .collect();
        let family = density.family()?;
        let array = |ty: &&Type| matches!(ty, Type::Array(..));
        let which: Vec<bool> = match &**family {
            name if families::scalar_family(name).is_some() => all.iter().map(|ty| !is_scalar(ty)).collect(),
            "ordered_logistic" | "ordered_probit" => {
                let several = all[..2].iter().any(|ty| !is_scalar(ty));
                let cuts = array(&all[2]);
                vec![several && !is_scalar(all[0]), several && !is_scalar(all[1]), several && cuts]
            }
            "categorical" | "categorical_logit" => vec![array(&all[0]), array(&all[0]) && array(&all[1])],
            name if name.starts_with("multi_normal") || name.starts_with("multi_student_t") => {
                let several = all[..].iter().any(array);
                all.iter().map(|ty| several && array(ty)).collect()
            }
            _ => return None,
        };
        which.contains(&true).then_some(which)
    }

    /// A regression in one function as the density it is made of.
    fn without_glm(&mut self, density: Density) -> Density {
        let Some(name) = density.family().and_then(|f| f.strip_suffix("_glm")).map(str::to_owned) else {
            return density;
        };
        let name = if name == "normal_id" { "normal".to_owned() } else { name };
        let Fun::Density { form, .. } = density.fun else { return density };
        // trials come before the table in one family
        let shift = usize::from(name == "binomial_logit");
        let a = &density.arguments;
        let (table, rest) = (a[shift], &a[shift + 1..]);
        let arguments = match (name.as_str(), rest) {
            ("categorical_logit", &[alpha, beta]) => {
                // one vector of log odds a row: alpha + beta' x
                let rows = self.rows(table, density.outcome);
                let predictor = self.row_predictors(table, rows, alpha, beta);
                vec![predictor]
            }
            ("ordered_logistic", &[beta, cuts]) => {
                let zero = self.terms.int(0);
                vec![self.predictor(table, density.outcome, zero, beta), cuts]
            }
            (_, &[alpha, beta, ref scale @ ..]) => {
                let mean = self.predictor(table, density.outcome, alpha, beta);
                let mut all = a[..shift].to_vec();
                all.push(mean);
                all.extend(scale);
                all
            }
            _ => return density,
        };
        let fun = Fun::Density { family: name.as_str().into(), form };
        Density { fun, outcome: density.outcome, arguments, truncation: density.truncation }
    }

    fn rows(&mut self, table: Id, outcome: Id) -> Id {
        match *self.terms.ty(table) {
            Type::Matrix => self.terms.count(table),
            // one row for all outcomes
            _ if is_scalar(self.terms.ty(outcome)) => self.terms.int(1),
            _ => self.terms.count(outcome),
        }
    }

    /// `alpha + table * beta`, a vector.
    fn predictor(&mut self, table: Id, outcome: Id, alpha: Id, beta: Id) -> Id {
        let rows = self.rows(table, outcome);
        let product = match *self.terms.ty(table) {
            Type::Matrix => self.matrix_product(table, beta, &[Type::Matrix, Type::Vector], &Type::Vector),
            _ => self.terms.dot(table, beta),
        };
        let t = &mut self.terms;
        let at = t.bound(0);
        let (product, alpha) = (t.shift(product, 1), t.shift(alpha, 1));
        let product = if dimensions(t.ty(product)) == 1 { t.at(product, &[at]) } else { product };
        let alpha = if dimensions(t.ty(alpha)) == 1 { t.at(alpha, &[at]) } else { alpha };
        let cell = t.sum(vec![alpha, product]);
        t.build(Container::Vector, rows, cell)
    }

    fn row_predictors(&mut self, table: Id, rows: Id, alpha: Id, beta: Id) -> Id {
        let t = &mut self.terms;
        let categories = t.count(alpha);
        let whole = *t.ty(table) == Type::Matrix;
        let (table, alpha, beta) = (t.shift(table, 2), t.shift(alpha, 2), t.shift(beta, 2));
        let (n, k) = (t.bound(1), t.bound(0));
        let row = if whole { t.at(table, &[n]) } else { table };
        let inputs = t.count(row);
        let (row, beta, inner) = (t.shift(row, 1), t.shift(beta, 1), t.bound(0));
        let inner_k = t.shift(k, 1);
        let (x, b) = (t.at(row, &[inner]), t.at(beta, &[inner, inner_k]));
        let product = t.product(vec![x, b]);
        let products = t.build(Container::Vector, inputs, product);
        let sum = t.function("sum", vec![products], Type::Real);
        let intercept = t.at(alpha, &[k]);
        let cell = t.sum(vec![intercept, sum]);
        let categories = t.shift(categories, 1);
        let vector = t.build(Container::Vector, categories, cell);
        t.build(Container::Array, rows, vector)
    }

    /// Adds `target += term`: sums become factors of their own, sums over elements factors over ranges, densities densities.
    pub(super) fn add(&mut self, term: Id) {
        self.add_over(Vec::new(), term);
    }

    fn add_over(&mut self, over: Vec<Id>, term: Id) {
        match self.terms.kind(term).clone() {
            Kind::Sum(items) => items.iter().for_each(|&item| self.add_over(over.clone(), item)),
            Kind::Call(Fun::Library(name), items) if &*name == "sum" => match *self.terms.kind(items[0]) {
                Kind::Build(_, count, body) if is_scalar(self.terms.ty(body)) => {
                    self.add_over(over.into_iter().chain([count]).collect(), body);
                }
                _ => self.factor(over, FactorKind::Add(term)),
            },
            Kind::Call(Fun::Ternary, items) => {
                let inside = self.depth + over.len() as u32;
                for (negate, branch) in [(false, items[1]), (true, items[2])] {
                    let guard = if negate { self.not(items[0]) } else { items[0] };
                    self.guards.push((guard, inside));
                    self.add_over(over.clone(), branch);
                    self.guards.pop();
                }
            }
            Kind::Call(fun, items) if is_log_density(&fun) && !items.is_empty() => {
                let fun = normalised(fun);
                let kind = FactorKind::Density {
                    density: fun,
                    outcome: items[0],
                    arguments: items[1..].to_vec(),
                    truncation: None,
                };
                self.factor(over, kind);
            }
            // a number that is always the same
            _ if self.guards.is_empty() && !self.terms.mentions(term, |_| true) && over.is_empty() => {}
            _ => self.factor(over, FactorKind::Add(term)),
        }
    }
}

fn is_log_density(fun: &Fun) -> bool {
    match fun {
        Fun::Density { form, .. } | Fun::User { form, .. } => matches!(form, Form::Log | Form::LogUnnormalised),
        _ => false,
    }
}

/// A density of which only the shape counts.
pub(super) fn normalised(fun: Fun) -> Fun {
    match fun {
        Fun::Density { family, .. } => Fun::Density { family, form: Form::LogUnnormalised },
        Fun::User { function, .. } => Fun::User { function, form: Form::LogUnnormalised },
        other => other,
    }
}
