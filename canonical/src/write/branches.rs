//! Statements under the same condition, or under one and its contrary, as one `if`.
//!
//! Each factor is written on its own: `if (y[i] == 0)` in one loop and `if (y[i] != 0)` in another. What is added to `target` is a sum, so
//! statements may stand anywhere; a reader, and the reversal, want to see the two sides of a choice together.

use ppl_grammar::ast::{BinaryOp, Expr, ExprKind, Statement, StatementKind};

/// A guarded statement taken apart: loops from the outermost, the condition, and what is under it.
struct Guarded {
    loops: Vec<(String, Expr, Expr)>,
    condition: Expr,
    then: Vec<Statement>,
    otherwise: Vec<Statement>,
}

/// The statements of all factors, with those that are guarded alike in the place of the first of them. A factor that needs statements
/// before its own stays as it is.
pub(super) fn joined(factors: Vec<Vec<Statement>>) -> Vec<Statement> {
    enum Item {
        Other(Statement),
        Guarded(Guarded),
    }
    let mut items: Vec<Item> = Vec::new();
    for statements in factors {
        let guarded = match statements.as_slice() {
            [statement] => apart(statement),
            _ => None,
        };
        let Some(mut guarded) = guarded else {
            items.extend(statements.into_iter().map(Item::Other));
            continue;
        };
        let mut found = false;
        for item in &mut items {
            let Item::Guarded(first) = item else { continue };
            if first.loops != guarded.loops {
                continue;
            }
            if first.condition == guarded.condition {
                first.then.append(&mut guarded.then);
                found = true;
            } else if contrary(&first.condition).is_some_and(|contrary| contrary == guarded.condition) {
                first.otherwise.append(&mut guarded.then);
                found = true;
            }
            if found {
                break;
            }
        }
        if !found {
            items.push(Item::Guarded(guarded));
        }
    }
    items
        .into_iter()
        .map(|item| match item {
            Item::Other(statement) => statement,
            Item::Guarded(guarded) => guarded.statement(),
        })
        .collect()
}

fn apart(statement: &Statement) -> Option<Guarded> {
    match &statement.kind {
        StatementKind::For { variable, lower, upper, body } => {
            let mut inner = apart(only(body)?)?;
            inner.loops.insert(0, (variable.name.clone(), lower.clone(), upper.clone()));
            Some(inner)
        }
        StatementKind::If { condition, then, otherwise: None } => {
            Some(Guarded { loops: Vec::new(), condition: condition.clone(), then: items(then), otherwise: Vec::new() })
        }
        _ => None,
    }
}

fn only(body: &Statement) -> Option<&Statement> {
    match &body.kind {
        StatementKind::Block(items) => match items.as_slice() {
            [only] => Some(only),
            _ => None,
        },
        _ => Some(body),
    }
}

fn items(body: &Statement) -> Vec<Statement> {
    match &body.kind {
        StatementKind::Block(items) => items.clone(),
        _ => vec![body.clone()],
    }
}

/// The condition that holds where this one does not. (Numbers that are compared are no NaN: data are not, and a parameter that is has no density.)
fn contrary(condition: &Expr) -> Option<Expr> {
    let ExprKind::Binary { op, left, right } = &condition.kind else { return None };
    let (op, left, right) = match op {
        BinaryOp::Equals => (BinaryOp::NotEquals, left, right),
        BinaryOp::NotEquals => (BinaryOp::Equals, left, right),
        BinaryOp::Less => (BinaryOp::LessEquals, right, left),
        BinaryOp::LessEquals => (BinaryOp::Less, right, left),
        _ => return None,
    };
    Some(Expr { kind: ExprKind::Binary { op, left: left.clone(), right: right.clone() }, ..condition.clone() })
}

impl Guarded {
    /// Equality first, where there are both sides.
    fn statement(self) -> Statement {
        let Guarded { loops, mut condition, mut then, mut otherwise } = self;
        if let ExprKind::Binary { op: BinaryOp::NotEquals, .. } = condition.kind
            && !otherwise.is_empty()
            && let Some(other) = contrary(&condition)
        {
            condition = other;
            std::mem::swap(&mut then, &mut otherwise);
        }
        let otherwise = (!otherwise.is_empty()).then(|| super::syntax::body(otherwise));
        let choice = StatementKind::If { condition, then: super::syntax::body(then), otherwise };
        loops.into_iter().rev().fold(super::syntax::statement(choice), |inside, (variable, lower, upper)| {
            let variable = super::syntax::ident(&variable);
            let body = super::syntax::body(vec![inside]);
            super::syntax::statement(StatementKind::For { variable, lower, upper, body })
        })
    }
}
