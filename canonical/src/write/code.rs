//! Statements that stayed statements.

use super::Writer;
use super::syntax::{body as block, ident, statement};
use crate::form::{Code, Slot};
use crate::term::Var;
use ppl_grammar::ast::{Index, LValue, LValueKind, Statement, StatementKind};

impl Writer<'_> {
    pub(super) fn code(&mut self, code: &[Code]) -> Vec<Statement> {
        code.iter().flat_map(|item| self.item(item)).collect()
    }

    fn item(&mut self, item: &Code) -> Vec<Statement> {
        let saved = std::mem::take(&mut self.before);
        let own = self.item_inside(item);
        let mut all = std::mem::replace(&mut self.before, saved);
        all.extend(own);
        all
    }

    fn item_inside(&mut self, item: &Code) -> Vec<Statement> {
        let one = |kind: StatementKind| vec![statement(kind)];
        match item {
            Code::Declare(var, value) => {
                let name = self.name(*var);
                let variable = self.form.terms.variables[var.0 as usize].clone();
                let ty = self.sized(&variable.ty, &variable.sizes);
                let value = value.map(|value| self.term(value));
                one(StatementKind::Declare { annotations: Vec::new(), ty, variables: vec![(ident(&name), value)] })
            }
            Code::Assign(var, path, value) => {
                let target = self.target(*var, path);
                let value = self.term(*value);
                one(StatementKind::Assign { target, op: None, value })
            }
            Code::Unpack(targets, value) => {
                let targets = targets.iter().map(|(var, path)| self.target(*var, path)).collect();
                let target = LValue { kind: LValueKind::Tuple(targets), span: Default::default() };
                let value = self.term(*value);
                one(StatementKind::Assign { target, op: None, value })
            }
            Code::Call(fun, items) => {
                let name = self.function_name(fun);
                let arguments = self.terms(items);
                one(StatementKind::Call { name: ident(&name), arguments })
            }
            Code::Factor(factor) => self.factor(factor),
            Code::If(condition, then, otherwise) => {
                let condition = self.term(*condition);
                let then = block(self.code(then));
                let otherwise = match otherwise.is_empty() {
                    true => None,
                    false => Some(block(self.code(otherwise))),
                };
                // an `if` inside must not take the `else`
                let then = match (&then.kind, &otherwise) {
                    (StatementKind::If { .. }, Some(_)) => Box::new(statement(StatementKind::Block(vec![*then]))),
                    _ => then,
                };
                one(StatementKind::If { condition, then, otherwise })
            }
            Code::While(condition, body) => {
                let condition = self.term(*condition);
                let body = Box::new(statement(StatementKind::Block(self.code(body))));
                one(StatementKind::While { condition, body })
            }
            Code::For(var, lower, upper, body) => {
                let (lower, upper) = (self.term(*lower), self.term(*upper));
                let (variable, body) = self.loop_body(*var, body);
                one(StatementKind::For { variable, lower, upper, body })
            }
            Code::ForEach(var, range, body) => {
                let range = self.term(*range);
                let (variable, body) = self.loop_body(*var, body);
                one(StatementKind::ForEach { variable, range, body })
            }
            Code::Break => one(StatementKind::Break),
            Code::Continue => one(StatementKind::Continue),
            Code::Return(value) => {
                let value = value.map(|value| self.term(value));
                one(StatementKind::Return(value))
            }
            Code::Reject => {
                let text = ppl_grammar::ast::ExprKind::String("rejected".into());
                one(StatementKind::Reject(vec![super::syntax::expr(text)]))
            }
        }
    }

    fn loop_body(&mut self, var: Var, body: &[Code]) -> (ppl_grammar::ast::Ident, Box<Statement>) {
        let name = self.loop_name();
        self.names.insert(var, name.clone());
        self.loops.push(name.clone());
        // the variable is no index of a comprehension: what is inside counts loops from here
        let body = block(self.code(body));
        self.loops.pop();
        (ident(&name), body)
    }

    fn target(&mut self, var: Var, path: &[Slot]) -> LValue {
        let name = self.name(var);
        let root = LValue { kind: LValueKind::Variable(ident(&name)), span: Default::default() };
        let mut target = root;
        let mut indices = Vec::new();
        for slot in path {
            let index = match slot {
                Slot::All => Index::All(Default::default()),
                Slot::At(a) => Index::Single(self.term(*a)),
                Slot::From(a) => Index::From(self.term(*a)),
                Slot::To(a) => Index::To(self.term(*a)),
                Slot::Between(a, b) => Index::Between(self.term(*a), self.term(*b)),
                Slot::Project(place) => {
                    if !indices.is_empty() {
                        let kind = LValueKind::Index(Box::new(target), std::mem::take(&mut indices));
                        target = LValue { kind, span: Default::default() };
                    }
                    target = LValue { kind: LValueKind::Project(Box::new(target), *place), span: Default::default() };
                    continue;
                }
            };
            indices.push(index);
        }
        match indices.is_empty() {
            true => target,
            false => LValue { kind: LValueKind::Index(Box::new(target), indices), span: Default::default() },
        }
    }

    /// Whether a statement depends on parameters or changes the density.
    pub(super) fn parametric(&self, code: &Code) -> bool {
        let (mut found, terms) = (has_factor(code), &self.form.terms);
        let mut vars = Vec::new();
        code.for_each(&mut |term| found |= terms.is_parametric(term), &mut |var| vars.push(var));
        found || vars.iter().any(|var| terms.variables[var.0 as usize].parametric)
    }
}

fn has_factor(code: &Code) -> bool {
    match code {
        Code::Factor(_) => true,
        Code::Call(..) => false,
        Code::If(_, then, otherwise) => then.iter().chain(otherwise).any(has_factor),
        Code::While(_, body) | Code::For(_, _, _, body) | Code::ForEach(_, _, body) => body.iter().any(has_factor),
        _ => false,
    }
}
