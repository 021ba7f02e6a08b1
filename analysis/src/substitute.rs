//! Changing expressions and variables inside statements and steps.

use crate::step::{Draw, Step};
use ppl_program::typed::*;
use std::collections::BTreeMap;

/// Visits an expression and every expression in it, innermost first.
pub fn expr(e: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut e.kind {
        ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Imaginary(_)
        | ExprKind::Variable(_)
        | ExprKind::Target
        | ExprKind::Function(_) => {}
        ExprKind::Call { arguments: items, .. }
        | ExprKind::Array(items)
        | ExprKind::RowVector(items)
        | ExprKind::MatrixRows(items)
        | ExprKind::Tuple(items) => items.iter_mut().for_each(|item| expr(item, visit)),
        ExprKind::And(a, b) | ExprKind::Or(a, b) => {
            expr(a, visit);
            expr(b, visit);
        }
        ExprKind::Ternary { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|e| expr(e, visit));
        }
        ExprKind::Index { base, indices } => {
            expr(base, visit);
            indices.iter_mut().for_each(|i| index(i, visit));
        }
        ExprKind::Project { base, .. } | ExprKind::Promote(base) => expr(base, visit),
    }
    visit(e);
}

/// Visits the expressions of an index.
pub fn index(index: &mut Index, visit: &mut dyn FnMut(&mut Expr)) {
    match index {
        Index::All => {}
        Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => expr(e, visit),
        Index::Between(a, b) => {
            expr(a, visit);
            expr(b, visit);
        }
    }
}

/// What [`statement`] and [`step`] change.
pub trait Change {
    /// Every expression, innermost first.
    fn expr(&mut self, _: &mut Expr) {}
    /// The variable and path of an assignment; expressions in it are visited too.
    fn lvalue(&mut self, _: &mut LValue) {}
    /// A variable where it is declared: by a declaration or by a loop.
    fn declared(&mut self, _: &mut VarId) {}
}

pub fn statement(s: &mut Statement, change: &mut dyn Change) {
    match &mut s.kind {
        StatementKind::Declare(d) => {
            change.declared(&mut d.variable);
            d.ty.for_each_expr_mut(&mut |e| expr(e, &mut |e| change.expr(e)));
            d.initial.iter_mut().for_each(|e| expr(e, &mut |e| change.expr(e)));
        }
        StatementKind::Assign { target, value } => {
            lvalue(target, change);
            expr(value, &mut |e| change.expr(e));
        }
        StatementKind::AssignTuple { targets, value } => {
            targets.iter_mut().for_each(|t| lvalue(t, change));
            expr(value, &mut |e| change.expr(e));
        }
        StatementKind::Call { arguments, .. } => exprs(arguments, change),
        StatementKind::TargetPlus(e) | StatementKind::JacobianPlus(e) => expr(e, &mut |e| change.expr(e)),
        StatementKind::Tilde { outcome, arguments, truncation, .. } => {
            expr(outcome, &mut |e| change.expr(e));
            exprs(arguments, change);
            truncated(truncation, change);
        }
        StatementKind::Return(value) => value.iter_mut().for_each(|e| expr(e, &mut |e| change.expr(e))),
        StatementKind::Print(messages) | StatementKind::Reject(messages) | StatementKind::FatalError(messages) => {
            for message in messages {
                if let Message::Value(e) = message {
                    expr(e, &mut |e| change.expr(e));
                }
            }
        }
        StatementKind::If { condition, then, otherwise } => {
            expr(condition, &mut |e| change.expr(e));
            statement(then, change);
            otherwise.iter_mut().for_each(|s| statement(s, change));
        }
        StatementKind::While { condition, body } => {
            expr(condition, &mut |e| change.expr(e));
            statement(body, change);
        }
        StatementKind::For { variable, lower, upper, body } => {
            change.declared(variable);
            [lower, upper].into_iter().for_each(|e| expr(e, &mut |e| change.expr(e)));
            statement(body, change);
        }
        StatementKind::ForEach { variable, range, body } => {
            change.declared(variable);
            expr(range, &mut |e| change.expr(e));
            statement(body, change);
        }
        StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
            body.iter_mut().for_each(|s| statement(s, change));
        }
        StatementKind::Break | StatementKind::Continue | StatementKind::Skip => {}
    }
}

fn exprs(items: &mut [Expr], change: &mut dyn Change) {
    items.iter_mut().for_each(|e| expr(e, &mut |e| change.expr(e)));
}

fn truncated(truncation: &mut Option<Truncation>, change: &mut dyn Change) {
    if let Some(t) = truncation {
        t.lower.iter_mut().chain(&mut t.upper).for_each(|e| expr(e, &mut |e| change.expr(e)));
    }
}

fn lvalue(target: &mut LValue, change: &mut dyn Change) {
    for access in &mut target.path {
        if let Access::Index(indices) = access {
            indices.iter_mut().for_each(|i| index(i, &mut |e| change.expr(e)));
        }
    }
    change.lvalue(target);
}

/// Changes a step and all steps in it. The place of a draw follows its outcome; a draw whose outcome is no place
/// afterwards is left as it was, and the result is `false`.
pub fn step(s: &mut Step, change: &mut dyn Change) -> bool {
    match s {
        Step::Plain(inner) => {
            statement(inner, change);
            true
        }
        Step::Draw(d) => draw(d, change),
        Step::Mixture(mixture) => {
            expr(&mut mixture.term, &mut |e| change.expr(e));
            let mut good = true;
            for component in &mut mixture.components {
                exprs(&mut component.log_weight, change);
                component.draws.iter_mut().for_each(|d| good &= draw(d, change));
            }
            good
        }
        Step::Factor(factor) => {
            statement(&mut factor.statement, change);
            factor.term.iter_mut().for_each(|e| expr(e, &mut |e| change.expr(e)));
            true
        }
        Step::Loop { header, body } => {
            statement(header, change);
            steps(body, change)
        }
        Step::Branch { condition, then, otherwise, .. } => {
            expr(condition, &mut |e| change.expr(e));
            steps(then, change) & steps(otherwise, change)
        }
        Step::Enumerate { .. } | Step::Made(_) | Step::Choose(_) | Step::Censored(_) | Step::Taken(_) => false,
    }
}

/// [`step`] for each of a list.
pub fn steps(list: &mut [Step], change: &mut dyn Change) -> bool {
    list.iter_mut().fold(true, |good, s| step(s, change) & good)
}

fn draw(d: &mut Draw, change: &mut dyn Change) -> bool {
    expr(&mut d.outcome, &mut |e| change.expr(e));
    exprs(&mut d.arguments, change);
    truncated(&mut d.truncation, change);
    match crate::place::Place::of(&d.outcome) {
        Some(place) => {
            d.place = place;
            true
        }
        None => false,
    }
}

/// Other variables for some, and other expressions for some.
#[derive(Default)]
pub struct Rename {
    pub variables: BTreeMap<VarId, VarId>,
    pub values: BTreeMap<VarId, Expr>,
}

impl Change for Rename {
    fn expr(&mut self, e: &mut Expr) {
        let ExprKind::Variable(v) = &mut e.kind else { return };
        if let Some(value) = self.values.get(v) {
            *e = value.clone();
        } else if let Some(other) = self.variables.get(v) {
            *v = *other;
        }
    }

    fn lvalue(&mut self, target: &mut LValue) {
        if let Some(other) = self.variables.get(&target.variable) {
            target.variable = *other;
        }
    }

    fn declared(&mut self, variable: &mut VarId) {
        if let Some(other) = self.variables.get(variable) {
            *variable = *other;
        }
    }
}

/// A new variable of the program, declared by a pass.
pub fn fresh(program: &mut Program, wish: &str, ty: Type, level: Level) -> VarId {
    let id = VarId(u32::try_from(program.variables.len()).unwrap_or(u32::MAX));
    let span = ppl_grammar::span::Span::default();
    program.variables.push(Variable { name: wish.to_string(), ty, level, origin: Origin::Local, span });
    id
}

/// Copies of the variables that statements declare, so that the statements can stand in two places.
pub fn fresh_declarations(program: &mut Program, statements: &mut [Statement]) -> Rename {
    let mut declared = Vec::new();
    statements.iter().for_each(|s| crate::unparse::declared(s, &mut declared));
    let mut rename = Rename::default();
    for old in declared {
        let Variable { name, ty, level, .. } = program.variable(old).clone();
        let new = fresh(program, &name, ty, level);
        rename.variables.insert(old, new);
    }
    statements.iter_mut().for_each(|s| statement(s, &mut rename));
    rename
}

/// Other loop variables in statements, so that they can stand beside a copy.
pub fn fresh_loops(program: &mut Program, statements: &mut [Statement]) {
    let mut rename = Rename::default();
    for s in statements.iter() {
        s.for_each(&mut |s| {
            if let StatementKind::For { variable, .. } | StatementKind::ForEach { variable, .. } = &s.kind {
                rename.variables.insert(*variable, *variable);
            }
        });
    }
    for (old, new) in &mut rename.variables {
        let Variable { name, ty, level, .. } = program.variable(*old).clone();
        *new = fresh(program, &name, ty, level);
    }
    statements.iter_mut().for_each(|s| statement(s, &mut rename));
}

/// A reference to a variable.
pub fn reference(program: &Program, variable: VarId) -> Expr {
    let Variable { ty, level, span, .. } = program.variable(variable);
    Expr { kind: ExprKind::Variable(variable), ty: ty.clone(), level: *level, span: *span }
}
