//! Statements: what they bind and which factors they add.

use super::densities::{Density, normalised};
use super::{Read, Reader, Shape, Stop, Update, Value};
use crate::form::FactorKind;
use crate::term::{Fun, Id};
use ppl_program::typed::{
    Access, Callee, Declaration, Expr, Form, Index, LValue, Statement, StatementKind, Truncation, VarId,
};
use std::collections::HashMap;

impl Reader<'_> {
    /// Runs statements of the outermost level; those without a reading stay.
    pub(super) fn sequence(&mut self, statements: &[&Statement]) {
        for statement in statements {
            let before = (self.environment.clone(), self.factors.len(), self.guards.len(), self.depth);
            if let Err(Stop) = self.run(statement) {
                let (environment, factors, guards, depth) = before;
                self.environment = environment;
                self.factors.truncate(factors);
                self.guards.truncate(guards);
                self.depth = depth;
                self.inlining.clear();
                self.keep(statement);
            }
            self.now += 1;
        }
    }

    pub(super) fn run(&mut self, statement: &Statement) -> Read<()> {
        match &statement.kind {
            StatementKind::Declare(declaration) => self.bind(declaration),
            StatementKind::Assign { target, value } => {
                let value = self.expression(value)?;
                self.assign(target, value)
            }
            StatementKind::TargetPlus(e) => {
                let term = self.expression(e)?;
                self.add_terms(term);
                Ok(())
            }
            StatementKind::JacobianPlus(e) => {
                let term = self.expression(e)?;
                self.factor(Vec::new(), FactorKind::Jacobian(term));
                Ok(())
            }
            StatementKind::Tilde { density, outcome, arguments, truncation } => {
                self.tilde(density, outcome, arguments, truncation.as_ref())
            }
            StatementKind::If { condition, then, otherwise } => self.branch(condition, then, otherwise.as_deref()),
            StatementKind::For { variable, lower, upper, body } => {
                let (lower, upper) = (self.expression(lower)?, self.expression(upper)?);
                self.for_loop(*variable, lower, upper, body)
            }
            StatementKind::ForEach { variable, range, body } => {
                let range = self.expression(range)?;
                self.for_each_loop(*variable, range, body)
            }
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().try_for_each(|inner| self.run(inner))
            }
            StatementKind::Print(_) | StatementKind::Skip => Ok(()),
            StatementKind::AssignTuple { .. }
            | StatementKind::Call { .. }
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Return(_)
            | StatementKind::Reject(_)
            | StatementKind::FatalError(_)
            | StatementKind::While { .. } => Err(Stop),
        }
    }

    /// A container of terms is summed.
    fn add_terms(&mut self, term: Id) {
        let ty = self.terms.ty(term).clone();
        let total = match crate::term::arithmetic::is_scalar(&ty) {
            true => term,
            false => self.terms.function("sum", vec![term], ty),
        };
        self.add(total);
    }

    fn bind(&mut self, declaration: &Declaration) -> Read<()> {
        self.shape(declaration)?;
        let value = match &declaration.initial {
            Some(e) => Value::Term(self.expression(e)?, self.depth),
            None => Value::Partial { base: None, updates: Vec::new() },
        };
        self.environment.insert(declaration.variable, value);
        Ok(())
    }

    pub(super) fn shape(&mut self, declaration: &Declaration) -> Read<()> {
        let sizes = self.sizes_of(&declaration.ty)?;
        let shape = Shape { ty: declaration.ty.unsized_type(), sizes, depth: self.depth };
        self.shapes.insert(declaration.variable, shape);
        Ok(())
    }

    fn assign(&mut self, target: &LValue, value: Id) -> Read<()> {
        if matches!(self.environment.get(&target.variable), Some(Value::Kept(_)) | None) {
            return Err(Stop);
        }
        if target.path.is_empty() {
            self.environment.insert(target.variable, Value::Term(value, self.depth));
            return Ok(());
        }
        let [Access::Index(indices)] = target.path.as_slice() else { return Err(Stop) };
        if let [index] = indices.as_slice()
            && self.is_whole(target.variable, index, value)?
        {
            self.environment.insert(target.variable, Value::Term(value, self.depth));
            return Ok(());
        }
        let indices = indices
            .iter()
            .map(|index| match index {
                Index::Single(e) => self.expression(e),
                _ => Err(Stop),
            })
            .collect::<Read<Vec<Id>>>()?;
        let update = Update { indices, value, depth: self.depth };
        match self.environment.get_mut(&target.variable) {
            Some(Value::Partial { updates, .. }) => {
                updates.retain(|known| known.indices != update.indices || known.depth != update.depth);
                updates.push(update);
            }
            Some(slot @ Value::Term(..)) => {
                let Value::Term(term, depth) = *slot else { return Err(Stop) };
                *slot = Value::Partial { base: Some((term, depth)), updates: vec![update] };
            }
            _ => return Err(Stop),
        }
        Ok(())
    }

    /// Whether an index picks every element of a variable, so that it becomes the value.
    fn is_whole(&mut self, variable: VarId, index: &Index, value: Id) -> Read<bool> {
        let shape = self.shapes.get(&variable).cloned().ok_or(Stop)?;
        let Some(&size) = shape.sizes.first() else { return Ok(false) };
        if *self.terms.ty(value) != shape.ty {
            return Ok(false);
        }
        let size = self.here(size, shape.depth);
        let one = self.terms.int(1);
        Ok(match index {
            Index::All => true,
            Index::Single(_) | Index::Multi(_) => false,
            Index::From(a) => self.expression(a)? == one,
            Index::To(b) => self.expression(b)? == size,
            Index::Between(a, b) => self.expression(a)? == one && self.expression(b)? == size,
        })
    }

    fn tilde(
        &mut self,
        density: &Callee,
        outcome: &Expr,
        arguments: &[Expr],
        truncation: Option<&Truncation>,
    ) -> Read<()> {
        let outcome = self.expression(outcome)?;
        let arguments = self.expressions(arguments)?;
        let truncation = self.truncation(truncation)?;
        if let (Callee::User { function, .. }, None) = (density, truncation) {
            let all: Vec<Id> = std::iter::once(outcome).chain(arguments.iter().copied()).collect();
            if let Some(term) = self.inline_density(function.0 as usize, Form::LogUnnormalised, &all) {
                self.add(term);
                return Ok(());
            }
        }
        let fun = normalised(self.density_function(density)?);
        self.density(Density { fun, outcome, arguments, truncation });
        Ok(())
    }

    pub(super) fn density_function(&mut self, density: &Callee) -> Read<Fun> {
        match density {
            Callee::Distribution { family, .. } => {
                Ok(Fun::Density { family: family.as_str().into(), form: Form::LogUnnormalised })
            }
            Callee::User { function, .. } => Ok(Fun::User { function: *function, form: Form::LogUnnormalised }),
            _ => Err(Stop),
        }
    }

    pub(super) fn truncation(&mut self, truncation: Option<&Truncation>) -> Read<Option<(Option<Id>, Option<Id>)>> {
        let Some(t) = truncation else { return Ok(None) };
        let mut bound = |e: &Option<Expr>| e.as_ref().map(|e| self.expression(e)).transpose();
        Ok(Some((bound(&t.lower)?, bound(&t.upper)?)))
    }

    /// Factors get the condition; what both branches assign becomes a choice.
    fn branch(&mut self, condition: &Expr, then: &Statement, otherwise: Option<&Statement>) -> Read<()> {
        let condition = self.expression(condition)?;
        if self.mentions_carried(condition) {
            return Err(Stop);
        }
        if let Some(value) = self.terms.number(condition) {
            return match (value != 0.0, otherwise) {
                (true, _) => self.run(then),
                (false, Some(other)) => self.run(other),
                (false, None) => Ok(()),
            };
        }
        let before = self.environment.clone();
        let outside = self.guards.len();
        self.push_guard(condition);
        self.run(then)?;
        self.guards.truncate(outside);
        let after = std::mem::replace(&mut self.environment, before);
        let negated = self.not(condition);
        self.push_guard(negated);
        otherwise.map_or(Ok(()), |other| self.run(other))?;
        self.guards.truncate(outside);
        let mut changed = assigned(then);
        changed.extend(otherwise.map(assigned).unwrap_or_default());
        for variable in changed {
            self.merge(variable, condition, &after)?;
        }
        Ok(())
    }

    /// Each part of a conjunction is a condition of its own.
    fn push_guard(&mut self, condition: Id) {
        match self.terms.kind(condition).clone() {
            crate::term::Kind::Call(Fun::And, items) => items.iter().for_each(|&item| self.push_guard(item)),
            _ if self.guards.contains(&(condition, self.depth)) => {}
            _ => self.guards.push((condition, self.depth)),
        }
    }

    fn merge(&mut self, variable: VarId, condition: Id, after: &HashMap<VarId, Value>) -> Read<()> {
        let (Some(then), Some(other)) = (after.get(&variable).cloned(), self.environment.get(&variable).cloned())
        else {
            // declared in a branch
            return Ok(());
        };
        let merged = match (then, other) {
            (Value::Term(a, da), Value::Term(b, db)) => {
                let (a, b) = (self.here(a, da), self.here(b, db));
                Value::Term(self.choose(condition, a, b), self.depth)
            }
            (Value::Partial { base, updates: first }, Value::Partial { base: other, updates: second })
                if base == other && first.len() == second.len() =>
            {
                let mut updates = Vec::new();
                for (a, b) in first.iter().zip(&second) {
                    if a.indices != b.indices || a.depth != b.depth {
                        return Err(Stop);
                    }
                    let (x, y) = (self.here(a.value, a.depth), self.here(b.value, b.depth));
                    let value = if x == y { x } else { self.choose(condition, x, y) };
                    let indices = a.indices.iter().map(|&i| self.terms.shift(i, self.depth - a.depth)).collect();
                    updates.push(Update { indices, value, depth: self.depth });
                }
                Value::Partial { base, updates }
            }
            _ => return Err(Stop),
        };
        self.environment.insert(variable, merged);
        Ok(())
    }
}

/// The variables that a statement assigns.
pub(super) fn assigned(statement: &Statement) -> Vec<VarId> {
    let mut all = Vec::new();
    statement.for_each(&mut |s| match &s.kind {
        StatementKind::Assign { target, .. } => all.push(target.variable),
        StatementKind::AssignTuple { targets, .. } => all.extend(targets.iter().map(|t| t.variable)),
        StatementKind::Declare(d) if d.initial.is_some() => all.push(d.variable),
        _ => {}
    });
    all.sort_unstable();
    all.dedup();
    all
}
