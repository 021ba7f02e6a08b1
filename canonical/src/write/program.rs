//! The blocks of the program.

use super::syntax::{ident, statement};
use super::{Renaming, Writer, Written};
use crate::form::{Bounds, Code, Declared};
use crate::term::{Id, Var};
use ppl_grammar::ast::{self, Block, SizedTypeKind, Statement, StatementKind};
use ppl_program::typed::{Constraint, Type};
use std::collections::HashSet;

impl Writer<'_> {
    pub(super) fn program(mut self) -> Written {
        let uses = self.sort_factors();
        let uses = self.all_parameters(uses);
        self.name_declared(&uses);
        self.name_functions();
        let (data_code, code) = self.split_code();
        let transformed_data = self.code(&data_code);
        let mut model = self.code(&code);
        let (mut jacobians, mut factors) = (Vec::new(), Vec::new());
        for factor in self.form.factors.clone() {
            let statements = self.factor(&factor);
            match factor.kind {
                crate::form::FactorKind::Jacobian(_) => jacobians.extend(statements),
                _ => factors.push(statements),
            }
        }
        model.extend(super::branches::joined(factors));
        let data = self.declarations(true, &[]);
        let parameters = self.declarations(false, &uses);
        let functions = self.function_definitions();
        let renamings = self.renamings();
        let program = ast::Program {
            functions: block(functions),
            data: block(data),
            transformed_data: block(transformed_data),
            parameters: block(parameters),
            transformed_parameters: block(jacobians),
            model: block(model),
            generated_quantities: None,
        };
        Written { program, renamings }
    }

    /// The statements that data determine, and the others. What writes a variable of the others is one of them.
    fn split_code(&self) -> (Vec<Code>, Vec<Code>) {
        let all = self.form.code.clone();
        let mut parametric: Vec<bool> = all.iter().map(|item| self.parametric(item)).collect();
        let written = |item: &Code| {
            let mut vars = HashSet::new();
            item.for_each(&mut |_| {}, &mut |var| {
                vars.insert(var);
            });
            vars
        };
        let vars: Vec<HashSet<Var>> = all.iter().map(written).collect();
        loop {
            let theirs: HashSet<Var> =
                vars.iter().zip(&parametric).filter(|(_, p)| **p).flat_map(|(vars, _)| vars.iter().copied()).collect();
            let reads = |item: &Code| {
                let mut found = false;
                item.for_each(
                    &mut |term| found |= self.form.terms.mentions(term, |var| theirs.contains(&var)),
                    &mut |_| {},
                );
                found
            };
            let next: Vec<bool> = (0..all.len())
                .map(|place| parametric[place] || !vars[place].is_disjoint(&theirs) || reads(&all[place]))
                .collect();
            if next == parametric {
                break;
            }
            parametric = next;
        }
        let mut flags = parametric.into_iter();
        let (theirs, data) = all.into_iter().partition(|_| flags.next().unwrap_or(true));
        (data, theirs)
    }

    /// The parameters in order of use, then the others in the order of their declarations' colours.
    fn all_parameters(&mut self, mut uses: Vec<Var>) -> Vec<Var> {
        let mut rest: Vec<Var> = self.form.parameters.iter().map(|d| d.var).filter(|v| !uses.contains(v)).collect();
        rest.sort_by_key(|&v| self.order.colour(v));
        uses.extend(rest);
        uses
    }

    fn declarations(&mut self, data: bool, uses: &[Var]) -> Vec<Statement> {
        let mut list: Vec<Declared> = if data { self.form.data.clone() } else { self.form.parameters.clone() };
        match data {
            true => {
                list.sort_by_cached_key(|d| {
                    let scalar = self.form.terms.variables[d.var.0 as usize].ty != Type::Int;
                    (scalar, crate::order::natural(&self.names[&d.var]))
                });
            }
            false => list.sort_by_key(|d| uses.iter().position(|v| *v == d.var)),
        }
        // what a size or bound mentions comes first
        let mut ordered: Vec<Declared> = Vec::new();
        while !list.is_empty() {
            let waits = |d: &Declared, list: &[Declared]| {
                let terms =
                    self.form.terms.variables[d.var.0 as usize].sizes.iter().copied().chain(d.constraint.terms());
                let mut found = false;
                for term in terms {
                    found |= self.form.terms.mentions(term, |var| var != d.var && list.iter().any(|o| o.var == var));
                }
                found
            };
            let place = (0..list.len()).find(|&place| !waits(&list[place], &list)).unwrap_or(0);
            ordered.push(list.remove(place));
        }
        ordered.iter().map(|declared| self.declared(declared)).collect()
    }

    fn declared(&mut self, declared: &Declared) -> Statement {
        let variable = self.form.terms.variables[declared.var.0 as usize].clone();
        let name = self.name(declared.var);
        let mut ty = self.sized(&variable.ty, &variable.sizes);
        self.constrain(&mut ty, &declared.constraint);
        statement(StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(&name), None)] })
    }

    fn constrain(&mut self, ty: &mut ast::SizedType, bounds: &Bounds) {
        if let SizedTypeKind::Array(element, _) = &mut ty.kind {
            return self.constrain(element, bounds);
        }
        let mut term = |id: Id| Some(Box::new(self.term(id)));
        match bounds {
            Bounds::None => {}
            Bounds::Lower(a) => ty.transform.lower = term(*a),
            Bounds::Upper(b) => ty.transform.upper = term(*b),
            Bounds::Both(a, b) => {
                ty.transform.lower = term(*a);
                ty.transform.upper = term(*b);
            }
            Bounds::Structure(constraint) => {
                let kind = std::mem::replace(&mut ty.kind, SizedTypeKind::Real);
                ty.kind = structured(kind, constraint);
            }
        }
    }

    fn renamings(&self) -> Vec<Renaming> {
        let declared = self.form.data.iter().chain(&self.form.parameters);
        let rename = |d: &Declared| {
            let from = self.form.terms.variables[d.var.0 as usize].name.clone();
            let to = self.names.get(&d.var)?.clone();
            (from != to).then_some(Renaming { from, to })
        };
        declared.filter_map(rename).collect()
    }
}

/// `vector[K]` with a simplex constraint is `simplex[K]`.
fn structured(kind: SizedTypeKind, constraint: &Constraint) -> SizedTypeKind {
    use SizedTypeKind as K;
    match (kind, constraint) {
        (K::Vector(n), Constraint::Simplex) => K::Simplex(n),
        (K::Vector(n), Constraint::UnitVector) => K::UnitVector(n),
        (K::Vector(n), Constraint::SumToZero) => K::SumToZeroVector(n),
        (K::Vector(n), Constraint::Ordered) => K::Ordered(n),
        (K::Vector(n), Constraint::PositiveOrdered) => K::PositiveOrdered(n),
        (K::Matrix(m, n), Constraint::SumToZero) => K::SumToZeroMatrix(m, n),
        (K::Matrix(m, _), Constraint::CorrMatrix) => K::CorrMatrix(m),
        (K::Matrix(m, _), Constraint::CovMatrix) => K::CovMatrix(m),
        (K::Matrix(m, _), Constraint::CholeskyFactorCorr) => K::CholeskyFactorCorr(m),
        (K::Matrix(m, n), Constraint::CholeskyFactorCov) if m == n => K::CholeskyFactorCov(m, None),
        (K::Matrix(m, n), Constraint::CholeskyFactorCov) => K::CholeskyFactorCov(m, Some(Box::new(n))),
        (K::Matrix(m, n), Constraint::RowStochastic) => K::RowStochasticMatrix(m, n),
        (K::Matrix(m, n), Constraint::ColumnStochastic) => K::ColumnStochasticMatrix(m, n),
        (kind, _) => kind,
    }
}

fn block<T>(items: Vec<T>) -> Option<Block<T>> {
    (!items.is_empty()).then(|| Block { items, span: Default::default() })
}
