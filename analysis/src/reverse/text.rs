//! What the writer of a simulator knows: the program, and what its variables are called in the simulator.

use crate::unparse::{Names, Unparse};
use ppl_grammar::ast;
use ppl_program::typed::*;
use std::collections::HashMap;

#[derive(Clone)]
pub struct Text<'a> {
    program: &'a Program,
    /// Names where things are drawn: observed variables may be copies there.
    forward: Names,
    /// Names as in the program: where the given values are.
    given: Names,
    declarations: HashMap<VarId, &'a Declaration>,
    /// Variables whose elements are counted as they are drawn: the name of the counts, and the number of indices.
    counted: HashMap<VarId, (String, usize)>,
}

impl<'a> Text<'a> {
    pub fn new(program: &'a Program) -> Text<'a> {
        let names = Names::new(program);
        let mut declarations: HashMap<VarId, &Declaration> =
            program.data.iter().chain(&program.parameters).map(|d| (d.variable, d)).collect();
        for statement in program.transformed_data.iter().chain(&program.transformed_parameters).chain(&program.model) {
            if let StatementKind::Declare(declaration) = &statement.kind {
                declarations.insert(declaration.variable, declaration);
            }
        }
        Text { program, forward: names.clone(), given: names, declarations, counted: HashMap::new() }
    }

    pub fn program(&self) -> &'a Program {
        self.program
    }

    /// Prints with the names of the simulator.
    pub fn unparse(&self) -> Unparse<'_> {
        Unparse { program: self.program, names: &self.forward }
    }

    /// Prints with the names of the program.
    pub fn given(&self) -> Unparse<'_> {
        Unparse { program: self.program, names: &self.given }
    }

    /// The names of the simulator, but of these variables those of the program.
    pub fn names_given(&self, variables: &[VarId]) -> Names {
        let mut names = self.forward.clone();
        variables.iter().for_each(|&v| names.rename(v, self.given.of(v).to_string()));
        names
    }

    pub fn name(&self, variable: VarId) -> &str {
        self.forward.of(variable)
    }

    pub fn fresh(&mut self, wish: &str) -> String {
        self.forward.fresh(wish)
    }

    /// Calls a variable something else where things are drawn.
    pub fn rename(&mut self, variable: VarId, wish: &str) {
        let name = self.forward.fresh(wish);
        self.forward.rename(variable, name);
    }

    /// Lets a variable stand for the given values of another.
    pub fn call_given(&mut self, given: VarId, of: VarId) {
        let name = self.given.of(of).to_string();
        self.forward.rename(given, name.clone());
        self.given.rename(given, name);
    }

    /// Calls a loop variable something else everywhere.
    pub fn rename_loop(&mut self, variable: VarId, name: &str) {
        self.forward.rename(variable, name.to_string());
        self.given.rename(variable, name.to_string());
    }

    /// Lets the simulator refuse data for which an element, by its first `depth` indices, is drawn twice.
    pub fn count_draws(&mut self, variable: VarId, depth: usize) {
        let name = format!("{}_draws", self.given.of(variable));
        let name = self.forward.fresh(&name);
        self.counted.insert(variable, (name, depth));
    }

    /// The name of a variable's counts, and how many indices they have.
    pub fn counted(&self, variable: VarId) -> Option<(&str, usize)> {
        self.counted.get(&variable).map(|(name, depth)| (name.as_str(), *depth))
    }

    pub fn declaration(&self, variable: VarId) -> Option<&'a Declaration> {
        self.declarations.get(&variable).copied()
    }

    /// The declared sizes, outermost first: of arrays, then of the vector or matrix.
    pub fn sizes(&self, variable: VarId) -> Vec<&'a Expr> {
        self.declaration(variable).map_or_else(Vec::new, |d| sizes_of(&d.ty))
    }

    /// The size of a one-dimensional variable.
    pub fn declared_size(&self, variable: VarId) -> Option<ast::Expr> {
        match self.sizes(variable).as_slice() {
            [size] => Some(self.given().expr(size)),
            _ => None,
        }
    }

    /// The number of rows of a square matrix.
    pub fn declared_rows(&self, variable: VarId) -> Option<ast::Expr> {
        match &self.declaration(variable)?.ty {
            SizedType::Matrix(rows, ..) => Some(self.given().expr(rows)),
            SizedType::Array(element, _) => match &**element {
                SizedType::Matrix(rows, ..) => Some(self.given().expr(rows)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The sizes of a declared type, outermost first.
pub fn sizes_of(ty: &SizedType) -> Vec<&Expr> {
    match ty {
        SizedType::Array(element, sizes) => sizes.iter().chain(sizes_of(element)).collect(),
        SizedType::Vector(n, _)
        | SizedType::RowVector(n, _)
        | SizedType::ComplexVector(n, _)
        | SizedType::ComplexRowVector(n, _) => vec![n],
        SizedType::Matrix(m, n, _) | SizedType::ComplexMatrix(m, n, _) => vec![m, n],
        _ => Vec::new(),
    }
}

/// The constraint of a declared type: that of the elements of an array.
pub fn constraint(ty: &SizedType) -> &Constraint {
    match ty {
        SizedType::Int(c)
        | SizedType::Real(c)
        | SizedType::Complex(c)
        | SizedType::Vector(_, c)
        | SizedType::RowVector(_, c)
        | SizedType::Matrix(_, _, c)
        | SizedType::ComplexVector(_, c)
        | SizedType::ComplexRowVector(_, c)
        | SizedType::ComplexMatrix(_, _, c) => c,
        SizedType::Array(element, _) => constraint(element),
        SizedType::Tuple(_) => &Constraint::None,
    }
}

/// The same type without its constraint.
pub fn unconstrained(ty: &SizedType) -> SizedType {
    let mut ty = ty.clone();
    strip(&mut ty);
    ty
}

fn strip(ty: &mut SizedType) {
    match ty {
        SizedType::Int(c)
        | SizedType::Real(c)
        | SizedType::Complex(c)
        | SizedType::Vector(_, c)
        | SizedType::RowVector(_, c)
        | SizedType::Matrix(_, _, c)
        | SizedType::ComplexVector(_, c)
        | SizedType::ComplexRowVector(_, c)
        | SizedType::ComplexMatrix(_, _, c) => *c = Constraint::None,
        SizedType::Array(element, _) => strip(element),
        SizedType::Tuple(items) => items.iter_mut().for_each(strip),
    }
}
