//! Parts of expressions under a name of their own: local, transformed parameters, transformed data.

use crate::dice::Dice;
use crate::places::{replace, rewrite_statements, values, visit};
use crate::syntax::{assign, at, declare, for_loop, index, int, items, text, var};
use crate::types::{Scope, Ty, fresh, scope};
use ppl_grammar::ast::{Expr, ExprKind, Index, Program, Statement, StatementKind};

/// Names a part of an expression.
pub fn introduce(program: &mut Program, dice: &mut Dice) -> bool {
    match dice.below(3) {
        0 => local(program, dice),
        _ => hoisted(program, dice) || local(program, dice),
    }
}

/// The parts of a statement's values that are numbers or vectors and more than a name.
pub fn parts(scope: &Scope, s: &Statement) -> Vec<(Expr, Ty)> {
    let mut found = Vec::new();
    if matches!(s.kind, StatementKind::Tilde { .. } | StatementKind::TargetPlus(_) | StatementKind::Assign { .. }) {
        values(&mut s.clone(), &mut |e| {
            visit(e, &mut |part| {
                let plain = matches!(
                    part.kind,
                    ExprKind::Variable(_) | ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Paren(_)
                );
                if let (false, Some(ty @ (Ty::Real | Ty::Vector(_)))) = (plain, scope.ty(part)) {
                    found.push((part.clone(), ty));
                }
            });
        });
    }
    found
}

/// The statement with another expression for one of its parts.
pub fn with(s: &Statement, part: &Expr, other: &Expr) -> Statement {
    let mut s = s.clone();
    let own = text(part);
    values(&mut s, &mut |e| replace(e, &mut |e| (text(e) == own).then(|| other.clone())));
    s
}

/// Whether a density is in it, which may stand in the model only.
pub fn has_density(e: &Expr) -> bool {
    let mut found = false;
    visit(e, &mut |e| found |= matches!(e.kind, ExprKind::Conditional { .. }));
    found
}

fn one_part(scope: &Scope, s: &Statement, dice: &mut Dice) -> Option<(Expr, Ty)> {
    let mut all = parts(scope, s);
    (!all.is_empty()).then(|| all.swap_remove(dice.below(all.len())))
}

/// Declares a name with a value in one of three ways.
fn declared(ty: &Ty, name: &str, counter: &str, value: Expr, dice: &mut Dice) -> Vec<Statement> {
    match (ty, dice.below(3)) {
        (_, 0) => vec![declare(ty.declared(), name, None), assign(var(name), value)],
        (Ty::Vector(n), 1) => {
            let cell = at(value, var(counter));
            let fill = assign(at(var(name), var(counter)), cell);
            vec![declare(ty.declared(), name, None), for_loop(counter, int(1), n.clone(), vec![fill])]
        }
        (Ty::Vector(n), 2) if dice.chance(0.3) => {
            let whole = index(var(name), vec![Index::Between(int(1), n.clone())]);
            vec![declare(ty.declared(), name, None), assign(whole, value)]
        }
        _ => vec![declare(ty.declared(), name, Some(value))],
    }
}

fn local(program: &mut Program, dice: &mut Dice) -> bool {
    let (scope, name, counter) = (scope(program), fresh(program, "t"), fresh(program, "q"));
    let mut count = 0;
    rewrite_statements(program, dice, &mut |s, dice| {
        let (part, ty) = one_part(&scope, s, dice)?;
        count += 1;
        let name = format!("{name}_{count}");
        let mut all = declared(&ty, &name, &format!("{counter}_{count}"), part.clone(), dice);
        all.push(with(s, &part, &var(&name)));
        Some(all)
    })
}

/// A part that only data or parameters are in, computed in a block of its own.
fn hoisted(program: &mut Program, dice: &mut Dice) -> bool {
    let (scope, name, counter) = (scope(program), fresh(program, "t"), fresh(program, "q"));
    let Some(model) = program.model.as_mut() else { return false };
    let known = |e: &Expr, parameters: bool| {
        let mut all = true;
        visit(e, &mut |e| {
            if let ExprKind::Variable(own) = &e.kind {
                all &= scope.data.contains(own) || (parameters && scope.parameters.contains(own));
            }
        });
        all
    };
    let mut places: Vec<usize> = (0..model.items.len()).collect();
    dice.shuffle(&mut places);
    for place in places {
        let Some((part, ty)) = one_part(&scope, &model.items[place], dice) else { continue };
        if !known(&part, true) || has_density(&part) {
            continue;
        }
        model.items[place] = with(&model.items[place], &part, &var(&name));
        let of_data = known(&part, false);
        let statements = declared(&ty, &name, &counter, part, dice);
        let block = if of_data { &mut program.transformed_data } else { &mut program.transformed_parameters };
        items(block).extend(statements);
        return true;
    }
    false
}
