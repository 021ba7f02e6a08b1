//! Rewriting at random places of a program.

use crate::dice::Dice;
use ppl_grammar::ast::{Block, Expr, ExprKind, Index, Program, Statement, StatementKind};

/// Visits an expression and those in it, outermost first.
pub fn visit(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    let mut copy = e.clone();
    children(&mut copy, true, &mut |child| visit(child, f));
}

/// The direct parts of an expression; indices only where asked for.
fn children(e: &mut Expr, indices: bool, f: &mut dyn FnMut(&mut Expr)) {
    match &mut e.kind {
        // a size is an integer
        ExprKind::Call { name, arguments } if name.name == "rep_vector" && !indices => f(&mut arguments[0]),
        ExprKind::Call { arguments, .. } => arguments.iter_mut().for_each(f),
        ExprKind::Conditional { outcome, arguments, .. } => {
            f(outcome);
            arguments.iter_mut().for_each(f);
        }
        ExprKind::Unary { operand, .. } => f(operand),
        ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|e| f(e)),
        ExprKind::Transpose(e) | ExprKind::Paren(e) => f(e),
        ExprKind::Ternary { condition, then, otherwise } => [condition, then, otherwise].into_iter().for_each(|e| f(e)),
        ExprKind::Index { base, indices: places } => {
            f(base);
            if indices {
                places.iter_mut().for_each(|place| index_parts(place, f));
            }
        }
        ExprKind::Project { base, .. } => f(base),
        ExprKind::Array(items) | ExprKind::RowVector(items) | ExprKind::Tuple(items) => items.iter_mut().for_each(f),
        _ => {}
    }
}

fn index_parts(place: &mut Index, f: &mut dyn FnMut(&mut Expr)) {
    match place {
        Index::All(_) => {}
        Index::Single(e) | Index::From(e) | Index::To(e) => f(e),
        Index::Between(a, b) => [a, b].into_iter().for_each(f),
    }
}

/// Replaces every outermost expression for which `by` has another, in indices too.
pub fn replace(e: &mut Expr, by: &mut dyn FnMut(&Expr) -> Option<Expr>) {
    match by(e) {
        Some(other) => *e = other,
        None => children(e, true, &mut |child| replace(child, by)),
    }
}

/// The expressions that a statement holds directly: values, not sizes or ends of loops.
pub fn values(s: &mut Statement, f: &mut dyn FnMut(&mut Expr)) {
    match &mut s.kind {
        StatementKind::Declare { variables, .. } => variables.iter_mut().filter_map(|v| v.1.as_mut()).for_each(f),
        StatementKind::Assign { value, .. } => f(value),
        StatementKind::TargetPlus(e) => f(e),
        StatementKind::Tilde { arg, arguments, .. } => {
            f(arg);
            arguments.iter_mut().for_each(f);
        }
        _ => {}
    }
}

/// The statements inside a statement.
pub fn inner(s: &mut Statement, f: &mut dyn FnMut(&mut Statement)) {
    match &mut s.kind {
        StatementKind::For { body, .. } | StatementKind::ForEach { body, .. } => f(body),
        StatementKind::If { then, otherwise, .. } => {
            f(then);
            otherwise.iter_mut().for_each(|s| f(s));
        }
        StatementKind::Block(body) | StatementKind::Profile { body, .. } => body.iter_mut().for_each(f),
        _ => {}
    }
}

/// The blocks whose statements make the density.
fn blocks(program: &mut Program) -> [&mut Option<Block<Statement>>; 3] {
    [&mut program.transformed_data, &mut program.transformed_parameters, &mut program.model]
}

/// Every value in the program, in its statements.
pub fn each_value(program: &mut Program, f: &mut dyn FnMut(&mut Expr)) {
    fn walk(s: &mut Statement, f: &mut dyn FnMut(&mut Expr)) {
        values(s, f);
        inner(s, &mut |s| walk(s, f));
    }
    for block in blocks(program).into_iter().flatten() {
        block.items.iter_mut().for_each(|s| walk(s, f));
    }
}

/// Rewrites values at random places by a rule: one place at least, others with probability 0.3. False where the rule fits nowhere.
pub fn rewrite(program: &mut Program, dice: &mut Dice, rule: &mut dyn FnMut(&Expr, &mut Dice) -> Option<Expr>) -> bool {
    let (mut sites, mut trial) = (0, dice.clone());
    each_value(&mut program.clone(), &mut |e| bottom_up(e, &mut trial, rule, None, &mut sites));
    if sites == 0 {
        return false;
    }
    let chosen = dice.below(sites);
    let mut place = 0;
    each_value(program, &mut |e| bottom_up(e, dice, rule, Some(chosen), &mut place));
    true
}

fn bottom_up(
    e: &mut Expr,
    dice: &mut Dice,
    rule: &mut dyn FnMut(&Expr, &mut Dice) -> Option<Expr>,
    chosen: Option<usize>,
    place: &mut usize,
) {
    children(e, false, &mut |child| bottom_up(child, dice, rule, chosen, place));
    if let Some(other) = rule(e, dice) {
        *place += 1;
        if chosen.is_some_and(|chosen| chosen + 1 == *place || dice.chance(0.3)) {
            *e = other;
        }
    }
}

/// Rewrites statements at random places by a rule: one place at least, others with probability 0.3. False where the rule fits nowhere.
pub fn rewrite_statements(
    program: &mut Program,
    dice: &mut Dice,
    rule: &mut dyn FnMut(&Statement, &mut Dice) -> Option<Vec<Statement>>,
) -> bool {
    let mut sites = 0;
    let mut copy = program.clone();
    let mut trial = dice.clone();
    for block in blocks(&mut copy).into_iter().flatten() {
        each_list(&mut block.items, &mut |s| {
            sites += usize::from(rule(s, &mut trial).is_some());
            None
        });
    }
    if sites == 0 {
        return false;
    }
    let chosen = dice.below(sites);
    let mut place = 0;
    for block in blocks(program).into_iter().flatten() {
        each_list(&mut block.items, &mut |s| {
            let other = rule(s, dice)?;
            place += 1;
            (chosen + 1 == place || dice.chance(0.3)).then_some(other)
        });
    }
    true
}

fn each_list(items: &mut Vec<Statement>, f: &mut dyn FnMut(&Statement) -> Option<Vec<Statement>>) {
    let mut result = Vec::new();
    for mut s in std::mem::take(items) {
        match f(&s) {
            Some(others) => result.extend(others),
            None => {
                match &mut s.kind {
                    StatementKind::Block(body) => each_list(body, f),
                    StatementKind::For { body, .. } => {
                        if let StatementKind::Block(body) = &mut body.kind {
                            each_list(body, f);
                        }
                    }
                    _ => {}
                }
                result.push(s);
            }
        }
    }
    *items = result;
}
