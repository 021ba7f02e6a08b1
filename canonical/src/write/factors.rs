//! Factors as statements, in an order that a reader expects: priors from the outermost layer inwards, then the observations.

use super::Writer;
use super::lift::{Lifted, Shape};
use super::syntax::{binary, body as block, call, ident, number, statement};
use crate::form::{Factor, FactorKind};
use crate::order::Key;
use crate::term::{Container, Fun, Id, Kind, Var};
use ppl_grammar::ast::{self, BinaryOp, Expr, Statement, StatementKind};
use ppl_program::typed::Type;
use ppl_runtime::{catalogue, families};
use std::collections::{HashMap, HashSet};

impl Writer<'_> {
    /// Puts the factors in order, and gives the parameters in the order in which the observations use them.
    pub(super) fn sort_factors(&mut self) -> Vec<Var> {
        let factors = std::mem::take(&mut self.form.factors);
        let mut keyed: Vec<(u8, Vec<Key>, u64, Factor)> = Vec::new();
        for factor in factors {
            let class = self.class(&factor);
            let keys = factor.kind.terms().iter().map(|&t| self.order.key(&mut self.form.terms, t)).collect();
            let hash = self.order.factor_hash(&mut self.form.terms, &factor);
            keyed.push((class, keys, hash, factor));
        }
        keyed.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
        // parameters as they are met from the observations back: those of a prior follow the one whose prior it is
        let mut uses = Vec::new();
        let mut seen = HashSet::new();
        for class in [2, 1] {
            for (_, _, _, factor) in keyed.iter().filter(|f| f.0 == class) {
                for term in factor.kind.terms() {
                    self.meet(term, &mut uses, &mut seen);
                }
            }
        }
        let mut priors: Vec<(Vec<Var>, Vec<Id>)> = Vec::new();
        for (_, _, _, factor) in keyed.iter().filter(|f| f.0 == 0) {
            if let FactorKind::Density { outcome, .. } = &factor.kind {
                priors.push((self.parameters_in(*outcome), factor.kind.terms()));
            }
        }
        while !priors.is_empty() {
            let place =
                |of: &[Var]| of.iter().filter_map(|v| uses.iter().position(|u| u == v)).min().unwrap_or(usize::MAX);
            let next = (0..priors.len()).min_by_key(|&at| (place(&priors[at].0), at)).unwrap_or(0);
            let (_, terms) = priors.remove(next);
            terms.into_iter().for_each(|term| self.meet(term, &mut uses, &mut seen));
        }
        let levels = self.levels(keyed.iter().map(|f| &f.3));
        let place: HashMap<Var, usize> = uses.iter().enumerate().map(|(place, &var)| (var, place)).collect();
        keyed.sort_by_cached_key(|(class, keys, hash, factor)| {
            let (mut level, mut first) = (0, usize::MAX);
            if *class == 0
                && let FactorKind::Density { outcome, .. } = &factor.kind
            {
                for var in self.parameters_in(*outcome) {
                    level = level.max(levels.get(&var).copied().unwrap_or(0));
                    first = first.min(place.get(&var).copied().unwrap_or(usize::MAX));
                }
            }
            (*class, level, first, keys.clone(), *hash)
        });
        self.form.factors = keyed.into_iter().map(|f| f.3).collect();
        uses
    }

    /// 0 a density of parameters, 1 a term, 2 a density of data.
    fn class(&self, factor: &Factor) -> u8 {
        match &factor.kind {
            FactorKind::Density { outcome, .. } if self.form.terms.is_parametric(*outcome) => 0,
            FactorKind::Density { .. } => 2,
            _ => 1,
        }
    }

    fn meet(&mut self, id: Id, uses: &mut Vec<Var>, seen: &mut HashSet<Id>) {
        if !seen.insert(id) {
            return;
        }
        let children = match self.form.terms.kind(id).clone() {
            Kind::Var(var) => {
                if self.form.parameters.iter().any(|d| d.var == var) && !uses.contains(&var) {
                    uses.push(var);
                }
                return;
            }
            Kind::Sum(items) | Kind::Product(items) => self.order.sorted(&mut self.form.terms, &items),
            Kind::Call(Fun::Library(name), items) if &*name == "log_mix" && items.len() == 3 => {
                self.mixture([items[0], items[1], items[2]]).to_vec()
            }
            Kind::Call(fun, items) if crate::order::commutes(&fun, items.len()) => {
                self.order.sorted(&mut self.form.terms, &items)
            }
            _ => {
                let mut children = Vec::new();
                self.form.terms.children(id, &mut |child| children.push(child));
                children
            }
        };
        children.into_iter().for_each(|child| self.meet(child, uses, seen));
    }

    fn parameters_in(&self, id: Id) -> Vec<Var> {
        let mut all = Vec::new();
        self.form.terms.visit(id, &mut |inner| {
            if let Kind::Var(var) = *self.form.terms.kind(inner)
                && self.form.parameters.iter().any(|d| d.var == var)
            {
                all.push(var);
            }
        });
        all
    }

    /// How many layers of priors stand above a parameter.
    fn levels<'f>(&self, factors: impl Iterator<Item = &'f Factor>) -> HashMap<Var, usize> {
        let mut above: Vec<(Vec<Var>, Vec<Var>)> = Vec::new();
        for factor in factors {
            if let FactorKind::Density { outcome, arguments, .. } = &factor.kind {
                let from = arguments.iter().flat_map(|&a| self.parameters_in(a)).collect();
                above.push((self.parameters_in(*outcome), from));
            }
        }
        let mut levels: HashMap<Var, usize> = HashMap::new();
        for _ in 0..self.form.parameters.len() {
            let mut changed = false;
            for (outcome, from) in &above {
                let level = from.iter().map(|v| levels.get(v).map_or(1, |l| l + 1)).max().unwrap_or(0);
                for var in outcome.iter().filter(|v| !from.contains(v)) {
                    let slot = levels.entry(*var).or_default();
                    changed |= level > *slot;
                    *slot = level.max(*slot);
                }
            }
            if !changed {
                break;
            }
        }
        levels
    }

    /// The statements of a factor: a loop where it has no vector form.
    pub(super) fn factor(&mut self, factor: &Factor) -> Vec<Statement> {
        let saved = std::mem::take(&mut self.before);
        let inner = self.factor_inside(factor, 0);
        let mut all = std::mem::replace(&mut self.before, saved);
        all.extend(inner);
        all
    }

    fn factor_inside(&mut self, factor: &Factor, depth: usize) -> Vec<Statement> {
        let rest = &factor.over[depth..];
        // a condition stands around the outermost loops that it does not depend on
        let left = rest.len() as u32;
        let ready = |writer: &Self, guard: Id| (0..left).all(|index| !writer.form.terms.has_bound(guard, index));
        if depth == 0 && !factor.guards.is_empty() {
            let (outside, inside): (Vec<Id>, Vec<Id>) = factor.guards.iter().partition(|&&g| ready(self, g));
            if !outside.is_empty() {
                let rest = Factor { guards: inside, ..factor.clone() };
                let outside = outside.into_iter().map(|guard| self.outside(guard, left)).collect();
                let body = self.factor_inside(&rest, depth);
                return vec![self.guarded(outside, body)];
            }
        }
        match rest {
            [] => {
                let saved = std::mem::take(&mut self.before);
                let single = self.single(&factor.kind);
                let mut all = std::mem::replace(&mut self.before, saved);
                all.push(single);
                match factor.guards.is_empty() {
                    true => all,
                    false => vec![self.guarded(factor.guards.clone(), all)],
                }
            }
            [rows, columns] if factor.guards.is_empty() => match self.whole_matrix(*rows, *columns, &factor.kind) {
                Some(statement) => vec![statement],
                None => self.looped(factor, depth),
            },
            [count] if factor.guards.is_empty() => {
                let saved = std::mem::take(&mut self.before);
                let vector = self.over_range(*count, &factor.kind);
                let before = std::mem::replace(&mut self.before, saved);
                match vector {
                    Some(statement) => {
                        let mut all = before;
                        all.push(statement);
                        all
                    }
                    None => self.looped(factor, depth),
                }
            }
            _ => self.looped(factor, depth),
        }
    }

    fn looped(&mut self, factor: &Factor, depth: usize) -> Vec<Statement> {
        let upper = self.term(factor.over[depth]);
        let index = self.loop_name();
        self.loops.push(index.clone());
        let saved = std::mem::take(&mut self.before);
        let inside = self.factor_inside(factor, depth + 1);
        let mut all = std::mem::replace(&mut self.before, saved);
        all.extend(inside);
        self.loops.pop();
        vec![statement(StatementKind::For { variable: ident(&index), lower: number(1.0), upper, body: block(all) })]
    }

    /// A term outside `loops` loops that it does not depend on.
    fn outside(&mut self, id: Id, loops: u32) -> Id {
        (0..loops).fold(id, |id, _| self.form.terms.unshift(id))
    }

    fn guarded(&mut self, guards: Vec<Id>, inside: Vec<Statement>) -> Statement {
        let guards = self.order.sorted(&mut self.form.terms, &guards);
        let mut conditions = self.terms(&guards).into_iter();
        let first = conditions.next().unwrap_or_else(|| number(1.0));
        let condition = conditions.fold(first, |a, b| binary(BinaryOp::And, a, b));
        statement(StatementKind::If { condition, then: block(inside), otherwise: None })
    }

    fn tilde(
        &mut self,
        density: &Fun,
        outcome: Expr,
        arguments: Vec<Expr>,
        ends: Option<[Option<Expr>; 2]>,
    ) -> Statement {
        let name = self.function_name(density);
        let name = ["_lupdf", "_lupmf", "_lpdf", "_lpmf"].iter().find_map(|s| name.strip_suffix(s)).unwrap_or(&name);
        let truncation = ends.map(|[lower, upper]| ast::Truncation { lower, upper, span: Default::default() });
        statement(StatementKind::Tilde { arg: outcome, distribution: ident(name), arguments, truncation })
    }

    fn single(&mut self, kind: &FactorKind) -> Statement {
        match kind {
            FactorKind::Density { density, outcome, arguments, truncation } => {
                let outcome = self.term(*outcome);
                let arguments = self.terms(arguments);
                let ends = truncation.map(|(a, b)| [a, b].map(|end| end.map(|end| self.term(end))));
                self.tilde(density, outcome, arguments, ends)
            }
            FactorKind::Add(term) => {
                let term = self.term(*term);
                statement(StatementKind::TargetPlus(term))
            }
            FactorKind::Jacobian(term) => {
                let term = self.term(*term);
                statement(StatementKind::JacobianPlus(term))
            }
        }
    }

    /// `to_vector(Z) ~ ...` for all elements of a matrix.
    fn whole_matrix(&mut self, rows: Id, columns: Id, kind: &FactorKind) -> Option<Statement> {
        let FactorKind::Density { density, outcome, arguments, truncation: None } = kind else { return None };
        let Fun::Density { family, .. } = density else { return None };
        families::scalar_family(family)?;
        let Kind::Index(base, indices) = self.form.terms.kind(*outcome).clone() else { return None };
        let full = matches!(
            indices.iter().map(|&i| self.form.terms.kind(i).clone()).collect::<Vec<_>>()[..],
            [Kind::Bound(1), Kind::Bound(0)]
        );
        if !full || *self.form.terms.ty(base) != Type::Matrix || !matches!(self.form.terms.kind(base), Kind::Var(_)) {
            return None;
        }
        if arguments.iter().any(|&a| self.form.terms.has_bound(a, 0) || self.form.terms.has_bound(a, 1)) {
            return None;
        }
        if self.form.terms.sizes(base) != [rows, self.form.terms.unshift(columns)] {
            return None;
        }
        let arguments: Vec<Id> = arguments.iter().map(|&a| self.outside(a, 2)).collect();
        let (outcome, arguments) = (self.term(base), self.terms(&arguments));
        Some(self.tilde(density, call("to_vector", vec![outcome]), arguments, None))
    }

    /// One vectorised statement for a range.
    fn over_range(&mut self, count: Id, kind: &FactorKind) -> Option<Statement> {
        match kind {
            FactorKind::Density { density, outcome, arguments, truncation } => {
                let Fun::Density { family, .. } = density else { return None };
                let scalar = families::scalar_family(family).is_some();
                match &**family {
                    _ if scalar => {}
                    "ordered_logistic" | "ordered_probit" | "categorical" => {
                        // only the predictor goes with the outcomes
                        let fixed = if &**family == "categorical" { 0 } else { 1 };
                        if arguments[fixed..].iter().any(|&a| self.form.terms.has_bound(a, 0)) {
                            return None;
                        }
                        // which is not one number for all of them
                        if fixed == 1 && !self.form.terms.has_bound(arguments[0], 0) {
                            return None;
                        }
                    }
                    name if name.starts_with("multi_normal") || name.starts_with("multi_student_t") => {
                        return self.over_vectors(count, density, *outcome, arguments);
                    }
                    _ => return None,
                }
                let ends = truncation.iter().flat_map(|(a, b)| [*a, *b]).flatten();
                if ends.into_iter().any(|end| self.form.terms.has_bound(end, 0)) {
                    return None;
                }
                let outcome = self.lift(count, *outcome)?;
                let discrete = catalogue::family(family).is_some_and(|f| f.kind == catalogue::Kind::Discrete);
                if outcome.shape == Shape::Scalar || (discrete && outcome.shape != Shape::Ints) {
                    return None;
                }
                let mut lifted = Vec::new();
                for &argument in arguments {
                    lifted.push(self.lift(count, argument)?);
                }
                let ends = truncation.map(|(a, b)| {
                    [a, b].map(|end| {
                        end.map(|end| {
                            let end = self.form.terms.unshift(end);
                            self.term(end)
                        })
                    })
                });
                let arguments = lifted.into_iter().map(|l| if scalar { l.e } else { predictor(l) }).collect();
                Some(self.tilde(density, outcome.e, arguments, ends))
            }
            FactorKind::Add(term) => {
                // a function of each element, summed
                if let Some(e) = self.density_sum(count, *term) {
                    return Some(statement(StatementKind::TargetPlus(e)));
                }
                let vector = self.vector(count, *term)?;
                Some(statement(StatementKind::TargetPlus(call("sum", vec![vector]))))
            }
            FactorKind::Jacobian(_) => None,
        }
    }

    /// Arrays of vectors: what goes with the outcomes is an array too.
    fn over_vectors(&mut self, count: Id, density: &Fun, outcome: Id, arguments: &[Id]) -> Option<Statement> {
        let mut all = Vec::new();
        for &term in [outcome].iter().chain(arguments) {
            if !self.form.terms.has_bound(term, 0) {
                let term = self.form.terms.unshift(term);
                all.push(self.term(term));
                continue;
            }
            // rows of a matrix are no array
            let rows = self.form.terms.build(Container::Array, count, term);
            if !matches!(self.form.terms.kind(rows), Kind::Var(_) | Kind::Index(..)) {
                return None;
            }
            all.push(self.term(rows));
        }
        let outcome = all.remove(0);
        Some(self.tilde(density, outcome, all, None))
    }
}

fn predictor(lifted: Lifted) -> Expr {
    match lifted.shape {
        Shape::Ints | Shape::Reals => call("to_vector", vec![lifted.e]),
        _ => lifted.e,
    }
}
