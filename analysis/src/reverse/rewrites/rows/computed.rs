//! What transformed data compute from a row of the outcome, computed anew for each value that the row can take.

use super::super::components::declared;
use super::{Read, Unit};
use crate::pointwise::element_type;
use crate::reverse::unconstrained;
use crate::step::{Step, Uses};
use crate::substitute::{self, Change, Rename, reference};
use ppl_grammar::span::Span;
use ppl_program::typed::*;
use std::collections::{BTreeMap, BTreeSet};

impl Unit<'_> {
    /// Statements that compute, for one row, what transformed data compute from the outcome; with the new variables.
    pub(super) fn computed(&mut self, steps: &[Step], row: VarId) -> Option<(Vec<Step>, BTreeMap<VarId, VarId>)> {
        let mut accesses = Vec::new();
        steps.iter().for_each(|s| self.accesses_of_step(s, &mut accesses));
        let mut needed: BTreeSet<VarId> = accesses.iter().map(|a| a.0).filter(|v| self.is_derived(*v)).collect();
        if needed.is_empty() {
            return Some((Vec::new(), BTreeMap::new()));
        }
        let mut kept: Vec<Statement> = Vec::new();
        for statement in self.program.transformed_data.clone().into_iter().rev() {
            let uses = Uses::of(&Step::Plain(statement.clone()));
            if uses.assigns.is_disjoint(&needed) {
                continue;
            }
            let here = self.at_row(statement, row, &needed)?;
            for s in here.iter() {
                let uses = Uses::of(&Step::Plain(s.clone()));
                needed.extend(uses.reads.into_iter().filter(|v| self.is_derived(*v)));
            }
            kept.extend(here.into_iter().rev());
        }
        kept.reverse();
        substitute::fresh_declarations(self.program, &mut kept);
        let mut renamed = BTreeMap::new();
        let mut out = Vec::new();
        for &d in &needed {
            let Some(SizedType::Array(element, sizes)) = declared(self.program, d).cloned() else { return None };
            let ty = match sizes.len() {
                1 => *element,
                _ => SizedType::Array(element, sizes[1..].to_vec()),
            };
            let ty = unconstrained(&ty);
            let name = self.program.variable(d).name.clone();
            let fresh = substitute::fresh(self.program, &name, ty.unsized_type(), Level::Data);
            renamed.insert(d, fresh);
            let declaration = Declaration { variable: fresh, ty, initial: None, span: Span::default() };
            out.push(Step::Plain(Statement { kind: StatementKind::Declare(declaration), span: Span::default() }));
        }
        let mut replace = AtRow { row, fresh: &renamed, skip: &BTreeSet::new() };
        kept.iter_mut().for_each(|s| substitute::statement(s, &mut replace));
        // Nothing but the row itself may be read.
        let steps: Vec<Step> = kept.into_iter().map(Step::Plain).collect();
        let mut left = Vec::new();
        steps.iter().for_each(|s| self.accesses_of_step(s, &mut left));
        let own_row = |(v, indices): &Read| {
            let at_row =
                matches!(indices.first(), Some(Index::Single(Expr { kind: ExprKind::Variable(i), .. })) if *i == row);
            *v == self.outcome && at_row
        };
        if !left.iter().all(own_row) || Uses::of_all(&steps).assigns.iter().any(|v| self.derived.contains(v)) {
            return None;
        }
        out.extend(steps);
        Some((out, renamed))
    }

    /// The part of a statement of transformed data that computes these variables for one row.
    fn at_row(&self, statement: Statement, row: VarId, needed: &BTreeSet<VarId>) -> Option<Vec<Statement>> {
        let span = statement.span;
        let element = |variable: VarId, value: &Expr| {
            let index = vec![Index::Single(reference(self.program, row))];
            let ty = element_type(&value.ty);
            let base = Box::new(value.clone());
            let value = Expr {
                kind: ExprKind::Index { base, indices: index.clone() },
                ty: ty.clone(),
                level: Level::Data,
                span,
            };
            let target = LValue { variable, path: vec![Access::Index(index)], ty, span };
            vec![Statement { kind: StatementKind::Assign { target, value }, span }]
        };
        match statement.kind {
            StatementKind::Declare(Declaration { variable, initial: Some(value), .. }) => {
                Some(element(variable, &value))
            }
            StatementKind::Declare(_) => Some(Vec::new()),
            StatementKind::Assign { target, value } if target.path.is_empty() => Some(element(target.variable, &value)),
            StatementKind::For { variable, body, .. } => {
                let mut body = *body;
                let mut here = Rename::default();
                here.values.insert(variable, reference(self.program, row));
                substitute::statement(&mut body, &mut here);
                prune(body, needed).map(|s| match s.kind {
                    StatementKind::Block(items) => items,
                    _ => vec![s],
                })
            }
            _ => None,
        }
    }
}

/// `d[row, ...]` as `fresh[...]`.
pub(super) struct AtRow<'c> {
    pub(super) row: VarId,
    pub(super) fresh: &'c BTreeMap<VarId, VarId>,
    pub(super) skip: &'c BTreeSet<VarId>,
}

impl AtRow<'_> {
    fn of(&self, variable: VarId, indices: &[Index]) -> Option<(VarId, Vec<Index>)> {
        let fresh = self.fresh.get(&variable).filter(|_| !self.skip.contains(&variable))?;
        match indices.split_first()? {
            (Index::Single(Expr { kind: ExprKind::Variable(i), .. }), rest) if *i == self.row => {
                Some((*fresh, rest.to_vec()))
            }
            _ => None,
        }
    }
}

impl Change for AtRow<'_> {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Index { base, indices } = &mut e.kind else { return };
        let ExprKind::Variable(v) = base.kind else { return };
        let Some((fresh, rest)) = self.of(v, indices) else { return };
        base.ty = element_type(&base.ty);
        base.kind = ExprKind::Variable(fresh);
        if rest.is_empty() {
            e.kind = ExprKind::Variable(fresh);
        } else {
            *indices = rest;
        }
    }

    fn lvalue(&mut self, target: &mut LValue) {
        let Some(Access::Index(indices)) = target.path.first() else { return };
        let Some((fresh, rest)) = self.of(target.variable, indices) else { return };
        target.variable = fresh;
        match rest.is_empty() {
            true => drop(target.path.remove(0)),
            false => target.path[0] = Access::Index(rest),
        }
    }
}

/// The part of a statement that assigns these variables.
fn prune(statement: Statement, needed: &BTreeSet<VarId>) -> Option<Statement> {
    let span = statement.span;
    let kind = match statement.kind {
        StatementKind::Block(items) => {
            let items: Vec<Statement> = items.into_iter().filter_map(|s| prune(s, needed)).collect();
            if items.is_empty() {
                return None;
            }
            StatementKind::Block(items)
        }
        StatementKind::If { condition, then, otherwise } => {
            let then = prune(*then, needed);
            let otherwise = otherwise.and_then(|s| prune(*s, needed));
            if then.is_none() && otherwise.is_none() {
                return None;
            }
            let skip = Statement { kind: StatementKind::Skip, span };
            StatementKind::If { condition, then: Box::new(then.unwrap_or(skip)), otherwise: otherwise.map(Box::new) }
        }
        StatementKind::For { variable, lower, upper, body } => {
            StatementKind::For { variable, lower, upper, body: Box::new(prune(*body, needed)?) }
        }
        StatementKind::Assign { ref target, .. } if !needed.contains(&target.variable) => return None,
        StatementKind::Print(_) | StatementKind::Skip => return None,
        other => other,
    };
    Some(Statement { kind, span })
}
