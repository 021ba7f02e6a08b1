//! Other names.

use crate::dice::Dice;
use crate::places::{inner, replace};
use ppl_grammar::ast::{
    Expr, ExprKind, Ident, LValue, LValueKind, Program, SizedType, SizedTypeKind, Statement, StatementKind,
};
use std::collections::BTreeMap;

const SYLLABLES: [&str; 12] = ["ba", "ko", "ri", "mu", "te", "zan", "Qo", "li", "v_", "ne", "A", "su"];

/// Gives everything that is declared another name.
pub fn rename(program: &mut Program, dice: &mut Dice) -> bool {
    let mut names: Vec<String> = crate::types::scope(program).variables.into_keys().collect();
    names.sort();
    let mut new: BTreeMap<String, String> = BTreeMap::new();
    for (place, name) in names.into_iter().enumerate() {
        let word: String = (0..2).map(|_| *dice.pick(&SYLLABLES.each_ref())).collect();
        new.insert(name, format!("{word}{place}"));
    }
    rename_by(program, &new);
    true
}

/// Renames by a table; what it does not hold keeps its name.
pub fn rename_by(program: &mut Program, new: &BTreeMap<String, String>) {
    let blocks = [
        &mut program.data,
        &mut program.transformed_data,
        &mut program.parameters,
        &mut program.transformed_parameters,
        &mut program.model,
        &mut program.generated_quantities,
    ];
    for block in blocks.into_iter().flatten() {
        block.items.iter_mut().for_each(|s| statement(s, new));
    }
}

fn name(ident: &mut Ident, new: &BTreeMap<String, String>) {
    if let Some(other) = new.get(&ident.name) {
        ident.name.clone_from(other);
    }
}

fn expression(e: &mut Expr, new: &BTreeMap<String, String>) {
    replace(e, &mut |e| match &e.kind {
        ExprKind::Variable(own) => {
            new.get(own).map(|other| Expr { kind: ExprKind::Variable(other.clone()), span: e.span })
        }
        _ => None,
    });
}

fn sized(ty: &mut SizedType, new: &BTreeMap<String, String>) {
    let t = &mut ty.transform;
    for e in [&mut t.lower, &mut t.upper, &mut t.offset, &mut t.multiplier].into_iter().flatten() {
        expression(e, new);
    }
    match &mut ty.kind {
        SizedTypeKind::Vector(n) | SizedTypeKind::RowVector(n) => expression(n, new),
        SizedTypeKind::Matrix(m, n) => [m, n].into_iter().for_each(|e| expression(e, new)),
        SizedTypeKind::Array(element, sizes) => {
            sized(element, new);
            sizes.iter_mut().for_each(|e| expression(e, new));
        }
        _ => {}
    }
}

fn lvalue(target: &mut LValue, new: &BTreeMap<String, String>) {
    match &mut target.kind {
        LValueKind::Variable(ident) => name(ident, new),
        LValueKind::Index(base, places) => {
            lvalue(base, new);
            // indices are renamed as those of an expression
            let mut e = crate::syntax::index(crate::syntax::int(0), std::mem::take(places));
            expression(&mut e, new);
            if let ExprKind::Index { indices, .. } = e.kind {
                *places = indices;
            }
        }
        _ => {}
    }
}

fn statement(s: &mut Statement, new: &BTreeMap<String, String>) {
    match &mut s.kind {
        StatementKind::Declare { ty, variables, .. } => {
            sized(ty, new);
            for (ident, value) in variables {
                name(ident, new);
                value.iter_mut().for_each(|e| expression(e, new));
            }
        }
        StatementKind::Assign { target, value, .. } => {
            lvalue(target, new);
            expression(value, new);
        }
        StatementKind::TargetPlus(e) => expression(e, new),
        StatementKind::Tilde { arg, arguments, .. } => {
            expression(arg, new);
            arguments.iter_mut().for_each(|e| expression(e, new));
        }
        StatementKind::Print(items) => items.iter_mut().for_each(|e| expression(e, new)),
        StatementKind::For { variable, lower, upper, .. } => {
            name(variable, new);
            expression(lower, new);
            expression(upper, new);
        }
        StatementKind::If { condition, .. } => expression(condition, new),
        _ => {}
    }
    inner(s, &mut |s| statement(s, new));
}
