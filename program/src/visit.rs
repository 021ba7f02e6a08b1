//! Walks over parts of the typed program.

use crate::typed::{Access, Callee, Constraint, Declaration, Expr, ExprKind, Index, LValue, Message, SizedType};
use crate::typed::{Statement, StatementKind};

impl Expr {
    /// Visits the expression and every expression in it, outermost first.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match &self.kind {
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
            | ExprKind::Tuple(items) => items.iter().for_each(|item| item.for_each(visit)),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                a.for_each(visit);
                b.for_each(visit);
            }
            ExprKind::Ternary { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|e| e.for_each(visit));
            }
            ExprKind::Index { base, indices } => {
                base.for_each(visit);
                indices.iter().for_each(|index| index.for_each(visit));
            }
            ExprKind::Project { base, .. } | ExprKind::Promote(base) => base.for_each(visit),
        }
    }
}

impl Index {
    /// Visits the expressions in the index.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Expr)) {
        match self {
            Index::All => {}
            Index::Single(e) | Index::Multi(e) | Index::From(e) | Index::To(e) => e.for_each(visit),
            Index::Between(a, b) => {
                a.for_each(visit);
                b.for_each(visit);
            }
        }
    }
}

impl LValue {
    fn for_each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        for access in &self.path {
            if let Access::Index(indices) = access {
                indices.iter().for_each(|index| index.for_each(visit));
            }
        }
    }
}

impl Declaration {
    /// Visits the expressions in sizes, bounds and initial value.
    pub fn for_each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        self.ty.for_each_expr(&mut |e| e.for_each(visit));
        if let Some(initial) = &self.initial {
            initial.for_each(visit);
        }
    }
}

impl SizedType {
    /// Visits sizes and bounds (not the expressions within them).
    pub fn for_each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        let constraint = match self {
            SizedType::Int(c) | SizedType::Real(c) | SizedType::Complex(c) => c,
            SizedType::Vector(size, c)
            | SizedType::RowVector(size, c)
            | SizedType::ComplexVector(size, c)
            | SizedType::ComplexRowVector(size, c) => {
                visit(size);
                c
            }
            SizedType::Matrix(rows, columns, c) | SizedType::ComplexMatrix(rows, columns, c) => {
                visit(rows);
                visit(columns);
                c
            }
            SizedType::Array(element, sizes) => {
                sizes.iter().for_each(&mut *visit);
                return element.for_each_expr(visit);
            }
            SizedType::Tuple(items) => return items.iter().for_each(|item| item.for_each_expr(visit)),
        };
        match constraint {
            Constraint::Lower(a) | Constraint::Upper(a) | Constraint::Offset(a) | Constraint::Multiplier(a) => visit(a),
            Constraint::LowerUpper(a, b) | Constraint::OffsetMultiplier(a, b) => {
                visit(a);
                visit(b);
            }
            _ => {}
        }
    }
}

impl Statement {
    /// Visits every expression in the statement and the statements in it, outermost first.
    pub fn for_each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        match &self.kind {
            StatementKind::Declare(declaration) => declaration.for_each_expr(visit),
            StatementKind::Assign { target, value } => {
                target.for_each_expr(visit);
                value.for_each(visit);
            }
            StatementKind::AssignTuple { targets, value } => {
                targets.iter().for_each(|target| target.for_each_expr(visit));
                value.for_each(visit);
            }
            StatementKind::Call { arguments, .. } => arguments.iter().for_each(|e| e.for_each(visit)),
            StatementKind::TargetPlus(e) | StatementKind::JacobianPlus(e) => e.for_each(visit),
            StatementKind::Tilde { outcome, arguments, truncation, .. } => {
                outcome.for_each(visit);
                arguments.iter().for_each(|e| e.for_each(visit));
                if let Some(truncation) = truncation {
                    truncation.lower.iter().chain(&truncation.upper).for_each(|e| e.for_each(visit));
                }
            }
            StatementKind::Return(e) => e.iter().for_each(|e| e.for_each(visit)),
            StatementKind::Print(messages) | StatementKind::Reject(messages) | StatementKind::FatalError(messages) => {
                for message in messages {
                    if let Message::Value(e) = message {
                        e.for_each(visit);
                    }
                }
            }
            StatementKind::If { condition, then, otherwise } => {
                condition.for_each(visit);
                then.for_each_expr(visit);
                otherwise.iter().for_each(|s| s.for_each_expr(visit));
            }
            StatementKind::While { condition, body } => {
                condition.for_each(visit);
                body.for_each_expr(visit);
            }
            StatementKind::For { lower, upper, body, .. } => {
                lower.for_each(visit);
                upper.for_each(visit);
                body.for_each_expr(visit);
            }
            StatementKind::ForEach { range, body, .. } => {
                range.for_each(visit);
                body.for_each_expr(visit);
            }
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().for_each(|s| s.for_each_expr(visit));
            }
            StatementKind::Break | StatementKind::Continue | StatementKind::Skip => {}
        }
    }

    /// Visits the statement and every statement in it, outermost first.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Statement)) {
        visit(self);
        match &self.kind {
            StatementKind::If { then, otherwise, .. } => {
                then.for_each(visit);
                otherwise.iter().for_each(|s| s.for_each(visit));
            }
            StatementKind::While { body, .. }
            | StatementKind::For { body, .. }
            | StatementKind::ForEach { body, .. } => body.for_each(visit),
            StatementKind::Block(body) | StatementKind::Profile { body, .. } => {
                body.iter().for_each(|s| s.for_each(visit));
            }
            _ => {}
        }
    }

    /// Visits everything that is called, by statements and by expressions.
    pub fn for_each_callee(&self, visit: &mut dyn FnMut(&Callee)) {
        self.for_each(&mut |statement| match &statement.kind {
            StatementKind::Call { function, .. } => visit(function),
            StatementKind::Tilde { density, truncation, .. } => {
                visit(density);
                if let Some(truncation) = truncation {
                    truncation.lcdf.iter().chain(&truncation.lccdf).for_each(&mut *visit);
                }
            }
            _ => {}
        });
        self.for_each_expr(&mut |e| {
            if let ExprKind::Call { callee, .. } = &e.kind {
                visit(callee);
            }
        });
    }
}
