//! Names by role: `alpha` is added, `beta` multiplies, `sigma` is positive, `u` belongs to groups, `y` is observed.

use super::Writer;
use crate::form::{Bounds, Declared, FactorKind};
use crate::term::{Fun, Id, Kind, Var};
use ppl_grammar::ast::Expr;
use ppl_program::typed::{Constraint, Type};
use std::collections::HashSet;

/// Names of loop variables, outermost first.
const LOOPS: [&str; 6] = ["i", "j", "k", "l", "i5", "i6"];

/// What variables are used for.
#[derive(Default)]
pub(super) struct Roles {
    observed: HashSet<Var>,
    sizes: HashSet<Var>,
    indexes: HashSet<Var>,
    /// Containers of which elements are picked by data.
    grouped: HashSet<Var>,
    /// Numbers that multiply something.
    factors: HashSet<Var>,
}

impl Writer<'_> {
    pub(super) fn variable(&mut self, var: Var) -> Expr {
        let name = self.name(var);
        super::syntax::variable(&name)
    }

    pub(super) fn name(&mut self, var: Var) -> String {
        if let Some(name) = self.names.get(&var) {
            return name.clone();
        }
        // a variable of statements that stay
        let base = match self.form.terms.variables[var.0 as usize].ty {
            Type::Int | Type::Real => "s",
            Type::Matrix => "S",
            _ => "v",
        };
        let name = self.fresh(base);
        self.names.insert(var, name.clone());
        name
    }

    /// `base`, or the first of `base2`, `base3`, ... that is free.
    pub(super) fn fresh(&mut self, base: &str) -> String {
        let mut name = base.to_string();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{base}{number}");
            number += 1;
        }
        name
    }

    pub(super) fn loop_name(&self) -> String {
        match LOOPS.get(self.loops.len()) {
            Some(name) => (*name).to_string(),
            None => format!("i{}", self.loops.len() + 1),
        }
    }

    /// Names everything that is declared: data first, then parameters in the order in which `uses` meets them.
    pub(super) fn name_declared(&mut self, uses: &[Var]) {
        self.taken.extend(LOOPS.iter().map(|name| (*name).to_string()));
        let roles = self.roles();
        let mut data: Vec<Declared> = self.form.data.clone();
        data.sort_by_key(|d| self.order.data_rank(d.var));
        if self.keep_data {
            for declared in &data {
                let name = self.form.terms.variables[declared.var.0 as usize].name.clone();
                self.taken.insert(name.clone());
                self.names.insert(declared.var, name);
            }
        } else {
            let bases: Vec<(Var, &'static str)> = data.iter().map(|d| (d.var, self.data_base(d, &roles))).collect();
            self.number(&bases);
        }
        let parameters = self.form.parameters.clone();
        let declared = |var: &Var| parameters.iter().find(|d| d.var == *var);
        let bases: Vec<(Var, &'static str)> =
            uses.iter().filter_map(declared).map(|d| (d.var, self.parameter_base(d, &roles))).collect();
        self.number(&bases);
    }

    /// A lone variable of a base has its name, several are numbered.
    fn number(&mut self, bases: &[(Var, &'static str)]) {
        for (_, base) in bases {
            *self.counts.entry(base).or_default() += 1;
        }
        let mut next = std::collections::HashMap::new();
        for (var, base) in bases {
            let name = loop {
                let number = next.entry(*base).or_insert(0_usize);
                *number += 1;
                let name = match self.counts[base] {
                    1 if *number == 1 => (*base).to_string(),
                    _ => format!("{base}{number}"),
                };
                if self.taken.insert(name.clone()) {
                    break name;
                }
            };
            self.names.insert(*var, name);
        }
    }

    fn data_base(&self, declared: &Declared, roles: &Roles) -> &'static str {
        let var = declared.var;
        match &self.form.terms.variables[var.0 as usize].ty {
            _ if roles.observed.contains(&var) => "y",
            Type::Int if roles.sizes.contains(&var) => "N",
            Type::Int => "n",
            Type::Array(inner, _) if **inner == Type::Int && roles.indexes.contains(&var) => "g",
            Type::Array(inner, _) if **inner == Type::Int => "n",
            Type::Real => "c",
            Type::Matrix => "X",
            _ => "x",
        }
    }

    fn parameter_base(&self, declared: &Declared, roles: &Roles) -> &'static str {
        let var = declared.var;
        let zero = |id: Id| self.form.terms.is(id, 0.0);
        match (&self.form.terms.variables[var.0 as usize].ty, &declared.constraint) {
            (Type::Real, Bounds::None) if roles.factors.contains(&var) => "beta",
            (Type::Real, Bounds::None) => "alpha",
            (Type::Real, Bounds::Lower(a)) if zero(*a) => "sigma",
            (Type::Real, _) => "theta",
            (Type::Vector, Bounds::None) if roles.grouped.contains(&var) => "u",
            (Type::Vector, Bounds::None) => "b",
            (Type::Vector, Bounds::Lower(_)) => "tau",
            (Type::Vector, Bounds::Structure(Constraint::Simplex)) => "w",
            (Type::Vector, Bounds::Structure(Constraint::Ordered | Constraint::PositiveOrdered)) => "c",
            (Type::Matrix, Bounds::Structure(Constraint::CholeskyFactorCorr | Constraint::CholeskyFactorCov)) => "L",
            (Type::Matrix, Bounds::Structure(Constraint::CorrMatrix)) => "Omega",
            (Type::Matrix, Bounds::Structure(Constraint::CovMatrix)) => "Sigma",
            (Type::Matrix, _) => "B",
            _ => "z",
        }
    }

    fn roles(&self) -> Roles {
        let mut roles = Roles::default();
        let form = &self.form;
        let terms = &form.terms;
        let sizes = |roles: &mut Roles, id: Id| {
            terms.visit(id, &mut |inner| {
                if let Kind::Var(var) = terms.kind(inner) {
                    roles.sizes.insert(*var);
                }
            });
        };
        for declared in form.data.iter().chain(&form.parameters) {
            for &size in &terms.variables[declared.var.0 as usize].sizes {
                sizes(&mut roles, size);
            }
        }
        let mut all: Vec<Id> = Vec::new();
        for factor in &form.factors {
            factor.over.iter().for_each(|&size| sizes(&mut roles, size));
            all.extend(factor.terms());
            if let FactorKind::Density { outcome, .. } = &factor.kind {
                let base = match terms.kind(*outcome) {
                    Kind::Index(base, _) => *base,
                    _ => *outcome,
                };
                if let Kind::Var(var) = terms.kind(base) {
                    roles.observed.insert(*var);
                }
            }
        }
        form.code.iter().for_each(|code| code.for_each(&mut |term| all.push(term), &mut |_| {}));
        let inside = |roles: &mut Roles, id: Id| match terms.kind(id) {
            Kind::Index(base, indices) => {
                let picked = indices.iter().any(|&index| !matches!(terms.kind(index), Kind::Bound(_)));
                if let (Kind::Var(var), true) = (terms.kind(*base), picked) {
                    roles.grouped.insert(*var);
                }
                for &index in &**indices {
                    terms.visit(index, &mut |inner| {
                        if let Kind::Var(var) = terms.kind(inner) {
                            roles.indexes.insert(*var);
                        }
                    });
                }
            }
            Kind::Product(items) => {
                for item in &**items {
                    if let Kind::Var(var) = terms.kind(*item) {
                        roles.factors.insert(*var);
                    }
                }
            }
            _ => {}
        };
        for &id in &all {
            terms.visit(id, &mut |inner| {
                // outcomes of densities inside terms
                if let Kind::Call(Fun::Density { .. }, items) = terms.kind(inner)
                    && let Some(&outcome) = items.first()
                {
                    let base = match terms.kind(outcome) {
                        Kind::Index(base, _) => *base,
                        _ => outcome,
                    };
                    if let Kind::Var(var) = terms.kind(base) {
                        roles.observed.insert(*var);
                    }
                }
            });
        }
        for id in all {
            terms.visit(id, &mut |inner| inside(&mut roles, inner));
        }
        roles
    }
}
