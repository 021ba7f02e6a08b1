//! User functions, replaced by what they compute where that is a term.

use super::{Read, Reader, Stop, Value};
use crate::term::{Fun, Id, Kind};
use ppl_program::typed::{Form, Function, Statement, StatementKind};

/// A function longer than this stays a call: its text says more than its expansion.
const LONGEST: usize = 40;

impl Reader<'_> {
    /// The result of a call; `None` where the function stays one.
    pub(super) fn inline(&mut self, index: usize, arguments: &[Id]) -> Option<Id> {
        let program = self.program;
        let function: &Function = &program.functions[index];
        if self.opaque.contains(&index) || self.inlining.contains(&index) || function.body.len() > LONGEST {
            return None;
        }
        let before = (self.environment.clone(), self.factors.len(), self.guards.len(), self.keeping);
        for (variable, &argument) in function.arguments.iter().zip(arguments) {
            self.environment.insert(*variable, Value::Term(argument, self.depth));
        }
        self.inlining.push(index);
        self.keeping = false;
        let body: Vec<&Statement> = function.body.iter().collect();
        let result = self.body(&body);
        self.inlining.pop();
        let (environment, factors, guards, keeping) = before;
        self.environment = environment;
        self.guards.truncate(guards);
        self.keeping = keeping;
        let clean = self.factors.len() == factors;
        self.factors.truncate(factors);
        match result {
            Ok(Some(term)) if clean => Some(term),
            _ => {
                self.opaque.insert(index);
                None
            }
        }
    }

    /// A user's density that is made of densities of the library; `None` where it stays one.
    pub(super) fn inline_density(&mut self, index: usize, form: Form, arguments: &[Id]) -> Option<Id> {
        if !matches!(form, Form::Log | Form::LogUnnormalised) {
            return None;
        }
        // called with its constants, a density keeps those of the densities inside it
        let outside = self.keeping_constants;
        self.keeping_constants |= form == Form::Log;
        let result = self.inline(index, arguments);
        self.keeping_constants = outside;
        result.filter(|&term| self.is_of_densities(term))
    }

    /// Whether a term is a library's log density, or a sum of such.
    fn is_of_densities(&self, term: Id) -> bool {
        match self.terms.kind(term) {
            Kind::Call(Fun::Density { .. }, _) => true,
            Kind::Call(Fun::Library(name), items) if &**name == "sum" => match *self.terms.kind(items[0]) {
                Kind::Build(_, _, body) => self.is_of_densities(body),
                _ => false,
            },
            Kind::Sum(items) => items.iter().all(|&item| self.is_of_densities(item)),
            _ => false,
        }
    }

    /// What the statements of a function return; `None` where they end without.
    fn body(&mut self, statements: &[&Statement]) -> Read<Option<Id>> {
        for (place, statement) in statements.iter().enumerate() {
            match &statement.kind {
                StatementKind::Return(Some(e)) => return self.expression(e).map(Some),
                StatementKind::Return(None) => return Err(Stop),
                StatementKind::Block(body) => {
                    let inner: Vec<&Statement> = body.iter().chain(statements[place + 1..].iter().copied()).collect();
                    return self.body(&inner);
                }
                StatementKind::If { condition, then, otherwise } if returns(statement) => {
                    let condition = self.expression(condition)?;
                    let rest = &statements[place + 1..];
                    let taken: Vec<&Statement> = [&**then].into_iter().chain(rest.iter().copied()).collect();
                    let other: Vec<&Statement> = otherwise.as_deref().into_iter().chain(rest.iter().copied()).collect();
                    let before = self.environment.clone();
                    let taken = self.body(&taken)?.ok_or(Stop)?;
                    self.environment = before;
                    let other = self.body(&other)?.ok_or(Stop)?;
                    return Ok(Some(self.choose(condition, taken, other)));
                }
                _ if returns(statement) => return Err(Stop),
                _ => self.run(statement)?,
            }
        }
        Ok(None)
    }
}

fn returns(statement: &Statement) -> bool {
    let mut found = false;
    statement.for_each(&mut |s| found |= matches!(s.kind, StatementKind::Return(_)));
    found
}
