//! Log densities that transformed parameters hold on their way to `target`: `log_lik[n] = normal_lpdf(y[n] | mu, sigma)`.
//!
//! Proof: a transformed parameter is a function of data and parameters, so the model block may compute it again, in a local variable,
//! and use that instead. The statements that compute it are copied without those that compute other transformed parameters, which
//! have their values by then: they are read only as they are when the block ends, because each element is assigned once, or
//! before the first of the copied statements.

use super::Findings;
use super::components::{assigned, flattened, target_indices};
use crate::reverse::text::unconstrained;
use crate::step::Step;
use crate::substitute::{self, Rename};
use ppl_program::typed::*;
use std::collections::BTreeSet;

pub fn apply(program: &mut Program, findings: &mut Findings) {
    // What is added to `target` as it is, or summed over first.
    let mut read = BTreeSet::new();
    for s in &program.model {
        s.for_each(&mut |s| {
            if let StatementKind::TargetPlus(e) = &s.kind {
                e.for_each(&mut |e| {
                    if let ExprKind::Variable(v) = e.kind {
                        read.insert(v);
                    }
                });
            }
        });
    }
    let is_transformed = |v: &VarId| program.variable(*v).origin == Origin::TransformedParameter;
    let wanted: Vec<VarId> = read.into_iter().filter(|v| is_transformed(v) && holds_densities(program, *v)).collect();
    for variable in wanted {
        let Some(mut copies) = copied(program, variable) else { continue };
        let renamed = substitute::fresh_declarations(program, &mut copies);
        for (old, new) in &renamed.variables {
            if program.variable(*old).origin == Origin::LoopVariable {
                program.variables[new.0 as usize].origin = Origin::LoopVariable;
            }
        }
        let Some(&local) = renamed.variables.get(&variable) else { continue };
        let mut rename = Rename::default();
        rename.variables.insert(variable, local);
        program.model.iter_mut().for_each(|s| substitute::statement(s, &mut rename));
        let model = std::mem::take(&mut program.model);
        program.model = copies.into_iter().chain(model).collect();
        findings.rewrite("log_densities_computed_in_place");
    }
}

/// Whether log densities are assigned to a variable, itself or through what is computed beside it.
fn holds_densities(program: &Program, variable: VarId) -> bool {
    let holds_one = |e: &Expr| {
        let mut found = false;
        e.for_each(&mut |e| {
            if let ExprKind::Call { callee: Callee::Distribution { form, .. } | Callee::User { form, .. }, .. } =
                &e.kind
            {
                found |= matches!(form, Form::Log | Form::LogUnnormalised | Form::Lcdf | Form::Lccdf);
            }
        });
        found
    };
    let mut held = BTreeSet::new();
    let statements: Vec<Step> = program.transformed_parameters.iter().map(|s| Step::Plain(s.clone())).collect();
    crate::reverse::flow(&statements, &mut held, &|value, _| holds_one(value));
    let numbers = matches!(
        program.variable(variable).ty.unwrap_array().0,
        Type::Real | Type::Vector | Type::RowVector | Type::Matrix
    );
    numbers && held.contains(&variable)
}

/// The statements that compute a variable, without those that compute others.
fn copied(program: &Program, variable: VarId) -> Option<Vec<Statement>> {
    let statements = &program.transformed_parameters;
    let first = statements.iter().position(|s| assigned(s, variable) > 0)?;
    let mut out = Vec::new();
    for (k, s) in statements.iter().enumerate() {
        match &s.kind {
            StatementKind::Declare(d) if d.variable == variable => {
                let declaration = Declaration { ty: unconstrained(&d.ty), ..d.clone() };
                out.push(Statement { kind: StatementKind::Declare(declaration), span: s.span });
            }
            StatementKind::Declare(d) if k > first && d.initial.is_some() && reads(program, variable, d.variable) => {
                return None;
            }
            _ if assigned(s, variable) > 0 => {
                let slice = Slice { program, variable, first };
                out.extend(slice.of(s, &mut Vec::new())?);
            }
            _ if k > first => {
                // What changes later must not have been read.
                let mut written = BTreeSet::new();
                s.for_each(&mut |s| {
                    if let StatementKind::Assign { target, .. } = &s.kind {
                        written.insert(target.variable);
                    }
                });
                if written.iter().any(|w| reads(program, variable, *w)) {
                    return None;
                }
            }
            _ => {}
        }
    }
    Some(out)
}

/// Whether the statements that compute `variable` read `other`.
fn reads(program: &Program, variable: VarId, other: VarId) -> bool {
    let mut found = false;
    for s in program.transformed_parameters.iter().filter(|s| assigned(s, variable) > 0) {
        s.for_each_expr(&mut |e| found |= e.kind == ExprKind::Variable(other));
    }
    found
}

struct Slice<'p> {
    program: &'p Program,
    variable: VarId,
    first: usize,
}

impl Slice<'_> {
    fn of(&self, s: &Statement, loops: &mut Vec<VarId>) -> Option<Vec<Statement>> {
        let block = |items: Vec<Statement>| Statement { kind: StatementKind::Block(items), span: s.span };
        let kind = match &s.kind {
            StatementKind::Assign { target, .. } => {
                let origin = self.program.variable(target.variable).origin;
                return match origin {
                    _ if target.variable == self.variable => Some(vec![s.clone()]),
                    Origin::TransformedParameter => self.once(target, loops).then(Vec::new),
                    _ => Some(vec![s.clone()]),
                };
            }
            StatementKind::AssignTuple { .. } => return None,
            StatementKind::Block(_) => {
                let parts: Option<Vec<Vec<Statement>>> = flattened(s).iter().map(|s| self.of(s, loops)).collect();
                return parts.map(|p| p.into_iter().flatten().collect());
            }
            StatementKind::For { variable, lower, upper, body } => {
                loops.push(*variable);
                let body = self.of(body, loops);
                loops.pop();
                let (variable, lower, upper) = (*variable, lower.clone(), upper.clone());
                StatementKind::For { variable, lower, upper, body: Box::new(block(body?)) }
            }
            StatementKind::If { condition, then, otherwise } => StatementKind::If {
                condition: condition.clone(),
                then: Box::new(block(self.of(then, loops)?)),
                otherwise: match otherwise {
                    Some(s) => Some(Box::new(block(self.of(s, loops)?))),
                    None => None,
                },
            },
            StatementKind::ForEach { .. } | StatementKind::While { .. } => {
                let mut others = false;
                s.for_each(&mut |s| {
                    if let StatementKind::Assign { target, .. } = &s.kind {
                        let origin = self.program.variable(target.variable).origin;
                        others |= target.variable != self.variable && origin == Origin::TransformedParameter;
                    }
                });
                return (!others).then(|| vec![s.clone()]);
            }
            _ => return Some(vec![s.clone()]),
        };
        Some(vec![Statement { kind, span: s.span }])
    }

    /// Whether another transformed parameter is assigned once an element, so that its last value is that which is read; or is not
    /// read at all.
    fn once(&self, target: &LValue, loops: &[VarId]) -> bool {
        if !reads(self.program, self.variable, target.variable) {
            return true;
        }
        let statements = &self.program.transformed_parameters;
        let elsewhere = statements.iter().enumerate().any(|(k, s)| {
            let other = k > self.first || assigned(s, self.variable) == 0;
            let initial = matches!(&s.kind, StatementKind::Declare(d) if d.initial.is_some());
            assigned(s, target.variable) > 0 && (other || initial)
        });
        let here: usize = statements.iter().map(|s| assigned(s, target.variable)).sum();
        let indices = target_indices(target).unwrap_or_default();
        let swept = |v: &VarId| indices.iter().any(|i| i.kind == ExprKind::Variable(*v));
        !elsewhere && here == 1 && loops.iter().all(swept)
    }
}
