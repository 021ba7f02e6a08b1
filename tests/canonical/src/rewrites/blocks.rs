//! Statements in braces, profiles, and branches of conditions that are known.

use crate::dice::Dice;
use crate::places::rewrite_statements;
use crate::syntax::{binary, braces, int, real, statement};
use ppl_grammar::ast::{BinaryOp, Expr, Program, StatementKind};

/// Puts densities into blocks and branches.
pub fn nest(program: &mut Program, dice: &mut Dice) -> bool {
    rewrite_statements(program, dice, &mut |s, dice| {
        if !matches!(s.kind, StatementKind::Tilde { .. } | StatementKind::TargetPlus(_) | StatementKind::For { .. }) {
            return None;
        }
        let own = braces(vec![s.clone()]);
        let never = braces(vec![statement(StatementKind::Print(vec![int(1)]))]);
        let kind = match dice.below(5) {
            0 => return Some(vec![braces(vec![own])]),
            1 => StatementKind::Profile { name: "likelihood".into(), body: vec![s.clone()] },
            2 => branch(yes(dice), own, None),
            3 => branch(no(dice), never, Some(own)),
            _ => branch(yes(dice), own, Some(never)),
        };
        Some(vec![statement(kind)])
    })
}

fn branch(
    condition: Expr,
    then: ppl_grammar::ast::Statement,
    otherwise: Option<ppl_grammar::ast::Statement>,
) -> StatementKind {
    StatementKind::If { condition, then: Box::new(then), otherwise: otherwise.map(Box::new) }
}

fn yes(dice: &mut Dice) -> Expr {
    match dice.below(4) {
        0 => int(1),
        1 => binary(BinaryOp::Less, int(1), int(2)),
        2 => binary(BinaryOp::Equals, int(3), int(3)),
        _ => binary(BinaryOp::Or, int(0), binary(BinaryOp::GreaterEquals, real("2.5"), int(2))),
    }
}

fn no(dice: &mut Dice) -> Expr {
    match dice.below(3) {
        0 => int(0),
        1 => binary(BinaryOp::NotEquals, int(2), int(2)),
        _ => binary(BinaryOp::And, int(1), binary(BinaryOp::Greater, int(1), int(4))),
    }
}
