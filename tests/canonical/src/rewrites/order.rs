//! Statements and declarations in another order.

use crate::dice::Dice;
use crate::places::{inner, values, visit};
use crate::types::scope;
use ppl_grammar::ast::{Expr, ExprKind, LValue, LValueKind, Program, SizedTypeKind, Statement, StatementKind};
use std::collections::HashSet;

/// Puts the statements of the model in an order in which every local variable still has its value where it is read.
pub fn statements(program: &mut Program, dice: &mut Dice) -> bool {
    program.model.as_mut().is_some_and(|block| shuffle(&mut block.items, dice))
}

/// Puts the declarations of data, parameters and transformed parameters in an order in which sizes still stand before their use.
pub fn declarations(program: &mut Program, dice: &mut Dice) -> bool {
    let parameters: HashSet<String> = scope(program).parameters.into_iter().collect();
    let mut changed = false;
    for block in [&mut program.data, &mut program.parameters, &mut program.transformed_parameters].into_iter().flatten()
    {
        changed |= shuffle(&mut block.items, dice);
    }
    changed && !parameters.is_empty()
}

/// A random order in which two statements of which one writes what the other mentions keep theirs.
fn shuffle(items: &mut Vec<Statement>, dice: &mut Dice) -> bool {
    let uses: Vec<(HashSet<String>, HashSet<String>)> = items.iter().map(uses).collect();
    let apart = |a: usize, b: usize| {
        let (wa, ra) = &uses[a];
        let (wb, rb) = &uses[b];
        wa.is_disjoint(rb) && wb.is_disjoint(ra) && wa.is_disjoint(wb)
    };
    let mut waiting: Vec<usize> = (0..items.len()).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let free: Vec<usize> =
            (0..waiting.len()).filter(|&k| waiting[..k].iter().all(|&before| apart(before, waiting[k]))).collect();
        order.push(waiting.remove(free[dice.below(free.len())]));
    }
    let changed = order.windows(2).any(|pair| pair[0] > pair[1]);
    *items = order.into_iter().map(|place| items[place].clone()).collect();
    changed
}

/// The variables that a statement writes, and those that it mentions.
fn uses(s: &Statement) -> (HashSet<String>, HashSet<String>) {
    let (mut written, mut read) = (HashSet::new(), HashSet::new());
    collect(&mut s.clone(), &mut written, &mut read);
    (written, read)
}

fn mentioned(e: &Expr, read: &mut HashSet<String>) {
    visit(e, &mut |e| {
        if let ExprKind::Variable(name) = &e.kind {
            read.insert(name.clone());
        }
    });
}

fn collect(s: &mut Statement, written: &mut HashSet<String>, read: &mut HashSet<String>) {
    match &s.kind {
        StatementKind::Declare { ty, variables, .. } => {
            written.extend(variables.iter().map(|(name, _)| name.name.clone()));
            let mut element = ty;
            if let SizedTypeKind::Array(inner, sizes) = &ty.kind {
                sizes.iter().for_each(|e| mentioned(e, read));
                element = inner;
            }
            match &element.kind {
                SizedTypeKind::Vector(n) | SizedTypeKind::RowVector(n) => mentioned(n, read),
                SizedTypeKind::Matrix(m, n) => [m, n].into_iter().for_each(|e| mentioned(e, read)),
                _ => {}
            }
            let t = &element.transform;
            [&t.lower, &t.upper, &t.offset, &t.multiplier].into_iter().flatten().for_each(|e| mentioned(e, read));
        }
        StatementKind::Assign { target, .. } => target_of(target, written, read),
        StatementKind::For { lower, upper, .. } => [lower, upper].into_iter().for_each(|e| mentioned(e, read)),
        StatementKind::If { condition, .. } => mentioned(condition, read),
        StatementKind::Print(items) => items.iter().for_each(|e| mentioned(e, read)),
        _ => {}
    }
    values(s, &mut |e| mentioned(e, read));
    inner(s, &mut |s| collect(s, written, read));
}

fn target_of(target: &LValue, written: &mut HashSet<String>, read: &mut HashSet<String>) {
    match &target.kind {
        LValueKind::Variable(name) => {
            written.insert(name.name.clone());
            read.insert(name.name.clone());
        }
        LValueKind::Index(base, places) => {
            target_of(base, written, read);
            mentioned(&crate::syntax::index(crate::syntax::int(0), places.clone()), read);
        }
        _ => {}
    }
}
