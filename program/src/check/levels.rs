//! What can depend on parameters.
//!
//! Two notions. [`Dependence`] is what the rules of the language go by: Stan calls integers independent of parameters,
//! whatever they come from, and everything in `generated quantities`. [`settle`] finds out the [`Level`] of the typed
//! program, which is the truth about integers too.

use crate::typed::{
    self, Access, Callee, Expr, ExprKind, Form, FunctionKind, Index, Level, Origin, Statement, StatementKind, Type,
};
use ppl_grammar::span::Span;
use std::collections::HashSet;

/// Whether a value can depend on parameters; of a tuple, which items can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dependence {
    Data,
    Parameters,
    Items(Vec<Dependence>),
}

impl Dependence {
    pub(super) fn on_parameters(&self) -> bool {
        match self {
            Dependence::Data => false,
            Dependence::Parameters => true,
            Dependence::Items(items) => items.iter().any(Dependence::on_parameters),
        }
    }

    pub(super) fn level(&self) -> Level {
        if self.on_parameters() { Level::Parameter } else { Level::Data }
    }

    /// Whether a value of this dependence may stand where `expected` is.
    pub(super) fn allowed_for(&self, expected: &Dependence) -> bool {
        match (expected, self) {
            (Dependence::Data, Dependence::Parameters) => false,
            (Dependence::Data, Dependence::Items(items)) => items.iter().all(|item| item.allowed_for(expected)),
            (Dependence::Items(expected), Dependence::Items(items)) => {
                expected.len() == items.len() && items.iter().zip(expected).all(|(item, e)| item.allowed_for(e))
            }
            _ => true,
        }
    }

    /// The dependence of something made of both.
    pub(super) fn join(self, other: Dependence) -> Dependence {
        match (self, other) {
            (Dependence::Data, other) | (other, Dependence::Data) => other,
            (Dependence::Items(a), Dependence::Items(b)) if a.len() == b.len() => {
                Dependence::Items(a.into_iter().zip(b).map(|(a, b)| a.join(b)).collect())
            }
            (Dependence::Items(items), _) | (_, Dependence::Items(items)) => {
                Dependence::Items(items.into_iter().map(|item| item.join(Dependence::Parameters)).collect())
            }
            (Dependence::Parameters, Dependence::Parameters) => Dependence::Parameters,
        }
    }

    /// The same in the shape that a value of type `ty` has: by items where it is a tuple.
    pub(super) fn fill(self, ty: &Type) -> Dependence {
        match (self, ty.unwrap_array().0) {
            (Dependence::Items(items), Type::Tuple(types)) if items.len() == types.len() => {
                Dependence::Items(items.into_iter().zip(types).map(|(item, ty)| item.fill(ty)).collect())
            }
            (dependence, Type::Tuple(types)) => {
                Dependence::Items(types.iter().map(|ty| dependence.clone().fill(ty)).collect())
            }
            (dependence, _) => dependence,
        }
    }

    /// That of item `index` (from 0).
    pub(super) fn item(&self, index: usize) -> Dependence {
        match self {
            Dependence::Items(items) => items.get(index).cloned().unwrap_or(Dependence::Data),
            other => other.clone(),
        }
    }
}

/// Finds the true level of every variable and expression: an integer that is assigned from parameters, or under a
/// condition on them, depends on them. Declared levels of other variables stand, since what a density drops goes by
/// the type of its arguments.
pub(super) fn settle(program: &mut typed::Program) {
    let mut levels: Vec<Level> = program.variables.iter().map(initial_level).collect();
    let changes_target: Vec<bool> = program.functions.iter().map(|f| f.kind == FunctionKind::Lp).collect();
    let mut tainted = HashSet::new();
    for passes in 0.. {
        if passes == MAX_PASSES {
            // So long a chain of integers occurs in no program that somebody wrote: take the safe side.
            for (level, variable) in levels.iter_mut().zip(&program.variables) {
                if !is_fixed(variable.origin) {
                    *level = Level::Parameter;
                }
            }
        }
        let mut pass = Pass {
            levels: &mut levels,
            variables: &program.variables,
            changes_target: &changes_target,
            tainted: &mut tainted,
            changed: false,
            generated: false,
        };
        for function in &mut program.functions {
            pass.statements(&mut function.body, Level::Data);
        }
        for declaration in program.data.iter_mut().chain(&mut program.parameters) {
            pass.declaration(declaration, Level::Data);
        }
        pass.statements(&mut program.transformed_data, Level::Data);
        pass.statements(&mut program.transformed_parameters, Level::Data);
        pass.statements(&mut program.model, Level::Data);
        pass.generated = true;
        pass.statements(&mut program.generated_quantities, Level::Data);
        if !pass.changed {
            break;
        }
    }
    for (variable, level) in program.variables.iter_mut().zip(levels) {
        variable.level = level;
    }
}

/// Each pass but the last finds an integer that depends on parameters through one assigned further down.
const MAX_PASSES: usize = 50;

/// Whether nothing after the declaration can change the level.
fn is_fixed(origin: Origin) -> bool {
    matches!(origin, Origin::Data | Origin::TransformedData | Origin::Argument)
}

fn initial_level(variable: &typed::Variable) -> Level {
    match variable.origin {
        Origin::Data | Origin::TransformedData => Level::Data,
        Origin::Argument | Origin::Parameter => variable.level,
        _ if variable.ty.is_integral() => Level::Data,
        _ => variable.level,
    }
}

struct Pass<'a> {
    levels: &'a mut Vec<Level>,
    variables: &'a [typed::Variable],
    /// By function: whether it may look at `target`.
    changes_target: &'a [bool],
    /// Loops whose number of iterations, or what an iteration does, depends on parameters through a `break`,
    /// `continue` or `return`.
    tainted: &'a mut HashSet<Span>,
    changed: bool,
    /// In `generated quantities`, where random numbers are drawn after the data are bound.
    generated: bool,
}

impl Pass<'_> {
    fn raise(&mut self, variable: typed::VarId, level: Level) {
        let id = variable.0 as usize;
        let fixed = is_fixed(self.variables[id].origin);
        if level == Level::Parameter && !fixed && self.levels[id] == Level::Data {
            self.levels[id] = Level::Parameter;
            self.changed = true;
        }
    }

    /// The level of what decides how often and how far the body of a loop runs.
    fn body(&mut self, span: Span, body: &mut Statement, under: Level) {
        let under = if self.tainted.contains(&span) { Level::Parameter } else { under };
        if self.statement(body, under) == Level::Parameter && self.tainted.insert(span) {
            self.changed = true;
        }
    }

    fn statements(&mut self, statements: &mut [Statement], under: Level) -> Level {
        statements.iter_mut().fold(Level::Data, |level, statement| level.max(self.statement(statement, under)))
    }

    fn declaration(&mut self, declaration: &mut typed::Declaration, under: Level) {
        self.sized_type(&mut declaration.ty);
        if let Some(initial) = &mut declaration.initial {
            let level = self.expr(initial).max(under);
            self.raise(declaration.variable, level);
        }
    }

    fn sized_type(&mut self, ty: &mut typed::SizedType) {
        ty.for_each_expr_mut(&mut |expr| {
            self.expr(expr);
        });
    }

    fn lvalue(&mut self, lvalue: &mut typed::LValue) -> Level {
        let mut level = Level::Data;
        for access in &mut lvalue.path {
            if let Access::Index(indices) = access {
                level = level.max(self.indices(indices));
            }
        }
        level
    }

    fn indices(&mut self, indices: &mut [Index]) -> Level {
        let mut level = Level::Data;
        for index in indices {
            level = level.max(match index {
                Index::All => Level::Data,
                Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => self.expr(e),
                Index::Between(a, b) => self.expr(a).max(self.expr(b)),
            });
        }
        level
    }

    /// Passes through a statement that runs under conditions of level `under`. Gives the level of what decides whether
    /// control leaves it early.
    fn statement(&mut self, statement: &mut Statement, under: Level) -> Level {
        let span = statement.span;
        match &mut statement.kind {
            StatementKind::Declare(declaration) => self.declaration(declaration, under),
            StatementKind::Assign { target, value } => {
                let level = self.lvalue(target).max(self.expr(value)).max(under);
                self.raise(target.variable, level);
            }
            StatementKind::AssignTuple { targets, value } => {
                let level = self.expr(value).max(under);
                for target in targets {
                    let level = self.lvalue(target).max(level);
                    self.raise(target.variable, level);
                }
            }
            StatementKind::Call { arguments, .. } => {
                self.exprs(arguments);
            }
            StatementKind::TargetPlus(e) | StatementKind::JacobianPlus(e) => {
                self.expr(e);
            }
            StatementKind::Tilde { outcome, arguments, truncation, .. } => {
                self.expr(outcome);
                self.exprs(arguments);
                if let Some(truncation) = truncation {
                    for bound in [&mut truncation.lower, &mut truncation.upper].into_iter().flatten() {
                        self.expr(bound);
                    }
                }
            }
            StatementKind::Return(e) => {
                if let Some(e) = e {
                    self.expr(e);
                }
                return under;
            }
            StatementKind::Print(messages) | StatementKind::Reject(messages) | StatementKind::FatalError(messages) => {
                for message in messages {
                    if let typed::Message::Value(e) = message {
                        self.expr(e);
                    }
                }
            }
            StatementKind::If { condition, then, otherwise } => {
                let under = self.expr(condition).max(under);
                let left = self.statement(then, under);
                let other = otherwise.as_mut().map_or(Level::Data, |otherwise| self.statement(otherwise, under));
                return left.max(other);
            }
            StatementKind::While { condition, body } => {
                let under = self.expr(condition).max(under);
                self.body(span, body, under);
            }
            StatementKind::For { variable, lower, upper, body } => {
                let level = self.expr(lower).max(self.expr(upper)).max(under);
                self.raise(*variable, level);
                self.body(span, body, level);
            }
            StatementKind::ForEach { variable, range, body } => {
                let level = self.expr(range).max(under);
                if self.variables[variable.0 as usize].ty.is_integral() {
                    self.raise(*variable, level);
                }
                self.body(span, body, level);
            }
            StatementKind::Block(statements) | StatementKind::Profile { body: statements, .. } => {
                return self.statements(statements, under);
            }
            StatementKind::Break | StatementKind::Continue => return under,
            StatementKind::Skip => {}
        }
        Level::Data
    }

    fn exprs(&mut self, exprs: &mut [Expr]) -> Level {
        exprs.iter_mut().fold(Level::Data, |level, e| level.max(self.expr(e)))
    }

    fn expr(&mut self, expr: &mut Expr) -> Level {
        let level = match &mut expr.kind {
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Imaginary(_) | ExprKind::Function(_) => Level::Data,
            ExprKind::Variable(id) => self.levels[id.0 as usize],
            ExprKind::Target => Level::Parameter,
            ExprKind::Call { callee, arguments } => {
                let later = match callee {
                    Callee::Distribution { form: Form::Rng, .. } => self.generated,
                    Callee::User { function, form } => {
                        (self.generated && *form == Form::Rng) || self.changes_target[function.0 as usize]
                    }
                    _ => false,
                };
                let level = self.exprs(arguments);
                if later { Level::Parameter } else { level }
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => self.expr(a).max(self.expr(b)),
            ExprKind::Ternary { condition, then, otherwise } => {
                self.expr(condition).max(self.expr(then)).max(self.expr(otherwise))
            }
            ExprKind::Index { base, indices } => self.expr(base).max(self.indices(indices)),
            ExprKind::Project { base, .. } | ExprKind::Promote(base) => self.expr(base),
            ExprKind::Array(items)
            | ExprKind::RowVector(items)
            | ExprKind::MatrixRows(items)
            | ExprKind::Tuple(items) => self.exprs(items),
        };
        expr.level = level;
        level
    }
}
